#include "core/remedy.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace mailpreflight::core {
namespace {

/// Single quotes as PowerShell's tokenizer knows them: ' and U+2018 to U+201B. The length in bytes, or 0.
std::size_t quote_at(std::string_view text, std::size_t at) {
    if (at < text.size() && text[at] == '\'') {
        return 1;
    }
    const std::string_view three = at < text.size() ? text.substr(at, 3) : std::string_view();
    return three.size() == 3 && three.substr(0, 2) == "\xE2\x80" && three[2] >= '\x98' && three[2] <= '\x9B' ? 3 : 0;
}

/// What PowerShell makes of a text that is one single-quoted literal; empty when it ends early or never. Two quotes in
/// a row, of whatever kind, stand for the second.
std::optional<std::string> powershell_reads(std::string_view literal) {
    std::size_t at = quote_at(literal, 0);
    if (at == 0) {
        return std::nullopt;
    }
    std::string value;
    while (at < literal.size()) {
        const std::size_t quote = quote_at(literal, at);
        if (quote == 0) {
            value += literal[at++];
            continue;
        }
        const std::size_t second = quote_at(literal, at + quote);
        if (second == 0) {
            return at + quote == literal.size() ? std::optional(value) : std::nullopt;
        }
        value += literal.substr(at + quote, second);
        at += quote + second;
    }
    return std::nullopt;
}

/// What a Unix shell makes of it: one word only if it never leaves its quotes but to enter them again.
bool is_one_word_for_a_shell(std::string_view literal) {
    bool quoted = false;
    for (std::size_t i = 0; i < literal.size(); ++i) {
        if (literal[i] == '\'') {
            quoted = !quoted;
        } else if (!quoted) {
            return false;
        }
    }
    return !quoted && !literal.empty();
}

const std::vector<std::string> hostile_names{
    "",
    "'",
    "''",
    "O'Brien@contoso.example",
    "x'; Remove-Mailbox *; '",
    "\xE2\x80\x98; calc; \xE2\x80\x99",
    "'\xE2\x80\x9A\xE2\x80\x9B'",
    "$(Get-Process)",
    "`n$env:PATH",
    "$(reboot)",
    "a\nb",
    "a b",
    "\xE2\x80",
    "-Confirm:$false",
    "@{a=1}",
    "\"; rm -rf ~; \"",
    "{address}",
};

TEST(PowershellQuoted, reads_back_as_the_hostile_name_it_was) {
    for (const std::string& name : hostile_names) {
        EXPECT_EQ(powershell_reads(powershell_quoted(name)), name);
        EXPECT_TRUE(is_one_word_for_a_shell(powershell_quoted(name))) << name;
    }
}

TEST(PowershellQuoted, reads_back_as_each_folder_name_of_the_real_data) {
    const char* const directory = std::getenv("REAL_DATA_DIR");
    if (directory == nullptr) {
        GTEST_SKIP() << "REAL_DATA_DIR is not set";
    }
    const std::filesystem::path names = std::filesystem::path(directory) / "folder-names";
    if (!std::filesystem::exists(names)) {
        GTEST_SKIP() << "REAL_DATA_DIR has no folder-names";
    }
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(names)) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(names)) {
            files.push_back(entry.path());
        }
    } else {
        files.push_back(names);
    }
    std::size_t lines = 0;
    for (const std::filesystem::path& file : files) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line); ++lines) {
            ASSERT_EQ(powershell_reads(powershell_quoted(line)), line);
        }
    }
    EXPECT_GT(lines, 0U);
}

RC_GTEST_PROP(PowershellQuotedProperty, reads_back_as_what_it_was, ()) {
    std::string name;
    for (const std::string& piece :
         *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("'",
                                                                                     "\xE2\x80\x98",
                                                                                     "\xE2\x80\x99",
                                                                                     "\xE2\x80\x9A",
                                                                                     "\xE2\x80\x9B",
                                                                                     "\xE2",
                                                                                     "\x80",
                                                                                     "a",
                                                                                     " ",
                                                                                     "\n",
                                                                                     "$",
                                                                                     "`"))) {
        name += piece;
    }
    // Pieces may meet as quotes, and then the reader and PowerShell see quotes too.
    RC_ASSERT(powershell_reads(powershell_quoted(name)) == name);
}

struct Filled {
    std::string name;
    std::string in_the_remedy;
};

TEST(RemedyFor, leaves_a_plain_name_and_quotes_every_other) {
    for (const auto& [name, expected] : {Filled{"anna@contoso.example", "anna@contoso.example"},
                                         Filled{"anna.b+c_d-e@contoso.example", "anna.b+c_d-e@contoso.example"},
                                         Filled{"O'Brien@contoso.example", "'O''Brien@contoso.example'"},
                                         Filled{"CONTOSO\\anna", "'CONTOSO\\anna'"}, // a Unix shell would eat it
                                         Filled{"-Confirm", "'-Confirm'"},
                                         Filled{"@splat", "'@splat'"},
                                         Filled{"a b", "'a b'"},
                                         Filled{"{host}", "'{host}'"},
                                         Filled{"", "<address>"}}) {
        EXPECT_EQ(remedy_for(Cause::mailbox_moving, {.address = name}), "Get-MoveRequest -Identity " + expected);
    }
}

TEST(RemedyFor, leaves_out_a_name_that_would_break_the_line) {
    const std::string remedy = remedy_for(
        Cause::address_is_alias, {.address = "u1@contoso.example", .primary = "a@b.example\nRemove-Mailbox x"});
    EXPECT_EQ(remedy.find('\n'), std::string::npos);
    EXPECT_NE(remedy.find("<primary>"), std::string::npos) << remedy;
}

TEST(RemedyFor, knows_every_name_that_the_catalogue_asks_for) {
    const RemedyNames names{.address = "A", .source = "S", .account = "U", .host = "H", .primary = "P"};
    for (const CauseInfo& row : catalogue()) {
        const std::string remedy = remedy_for(row.cause, names);
        EXPECT_EQ(remedy.find_first_of("{}"), std::string::npos) << row.code;
        for (const char* const placeholder : {"<address>", "<source>", "<account>", "<host>", "<primary>", "<batch>"}) {
            EXPECT_EQ(remedy.find(placeholder), std::string::npos) << row.code;
        }
    }
}

} // namespace
} // namespace mailpreflight::core
