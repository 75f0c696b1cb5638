#include "core/remedy.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
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

/// Names that people gave to folders and those that break programs; empty: there are none on this host.
std::vector<std::string> names_of_the_real_data() {
    std::vector<std::string> names;
    const char* const directory = std::getenv("REAL_DATA_DIR");
    const std::filesystem::path folder = directory == nullptr ? "" : std::filesystem::path(directory) / "folder-names";
    if (directory == nullptr || !std::filesystem::is_directory(folder)) {
        return names;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) {
            names.push_back(line);
        }
    }
    return names;
}

/// What a program says to a script; empty where it cannot be run.
std::string said_by(const std::string& program, const std::string& script) {
    const std::string path = testing::TempDir() + "remedy_test_script";
    std::ofstream(path, std::ios::binary) << script;
    std::string said;
    if (FILE* const pipe = popen((program + " " + path).c_str(), "r")) {
        std::array<char, 4096> piece{};
        while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) {
            said.append(piece.data(), size);
        }
        pclose(pipe);
    }
    std::filesystem::remove(path);
    return said;
}

/// Names that a remedy writes at all: one with a control character is left out of it.
std::vector<std::string> names_that_are_written() {
    std::vector<std::string> names = names_of_the_real_data();
    names.insert(names.end(), hostile_names.begin(), hostile_names.end());
    std::erase_if(names, [](const std::string& name) {
        return name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
                   return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
               });
    });
    return names;
}

TEST(PowershellQuoted, reads_back_as_each_folder_name_of_the_real_data) {
    const std::vector<std::string> names = names_of_the_real_data();
    if (names.empty()) {
        GTEST_SKIP() << "REAL_DATA_DIR is not set or has no folder-names";
    }
    for (const std::string& name : names) {
        ASSERT_EQ(powershell_reads(powershell_quoted(name)), name);
    }
}

TEST(PowershellQuoted, is_read_by_powershell_itself_as_the_name_that_it_was) {
    if (std::system("command -v pwsh >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "pwsh is not installed; the tests beside this one read by its documented rules";
    }
    std::string script;
    std::string expected;
    for (const std::string& name : names_that_are_written()) {
        if (base::to_valid_utf8(name) == name) {
            script += "[Console]::Out.Write(" + powershell_quoted(name) + " + \"`n\")\n";
            expected += name + "\n";
        }
    }
    EXPECT_EQ(said_by("pwsh -NoProfile -NonInteractive -File", script), expected);
}

TEST(ShellQuoted, is_one_word_for_a_real_shell_whatever_it_holds) {
    if (names_of_the_real_data().empty()) {
        GTEST_SKIP() << "REAL_DATA_DIR is not set or has no folder-names";
    }
    std::string script;
    std::string expected;
    for (const std::string& name : names_of_the_real_data()) {
        if (name.find('\0') == std::string::npos) { // no word of a shell can hold it
            script += "printf '%s\\n' " + shell_quoted(name) + "\n";
            expected += name + "\n";
        }
    }
    EXPECT_EQ(said_by("sh", script), expected);
}

TEST(RemedyFor, gives_a_real_shell_a_command_of_ours_with_the_name_as_its_one_argument) {
    // The command itself is a function that says its last argument and how many there were.
    std::string script = "mailpreflight() { printf '%s %s\\n' $# \"$2\"; }\n";
    std::string expected;
    for (const std::string& name : names_that_are_written()) {
        script += remedy_for(Cause::never_looked_at, {.address = name}) + "\n";
        expected += "2 " + name + "\n";
    }
    EXPECT_EQ(said_by("sh", script), expected);
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

TEST(RemedyFor, quotes_for_the_language_of_the_command) {
    EXPECT_EQ(remedy_for(Cause::never_looked_at, {.address = "O'Brien@contoso.example"}),
              "mailpreflight check 'O'\\''Brien@contoso.example'");
    EXPECT_EQ(remedy_for(Cause::never_looked_at, {.address = "anna@contoso.example"}),
              "mailpreflight check anna@contoso.example");
    EXPECT_EQ(remedy_for(Cause::never_looked_at, {}), "mailpreflight check <address>");
}

TEST(RemedyFor, leaves_out_a_name_that_would_break_the_line) {
    const std::string remedy = remedy_for(
        Cause::address_is_alias, {.address = "u1@contoso.example", .primary = "a@b.example\nRemove-Mailbox x"});
    EXPECT_EQ(remedy.find('\n'), std::string::npos);
    EXPECT_NE(remedy.find("<primary>"), std::string::npos) << remedy;
}

TEST(RemedyFor, calls_an_account_in_our_own_commands_as_the_configuration_does) {
    EXPECT_NE(remedy_for(Cause::credential_parked, {.account = "CONTOSO\\adm", .account_name = "migadmin"})
                  .find("credential retry migadmin"),
              std::string::npos);
}

TEST(RemedyFor, finds_the_account_as_the_active_directory_module_can) {
    const auto unlock = [](const char* account) {
        return remedy_for(Cause::account_locked, {.account = account, .account_name = "n"});
    };
    EXPECT_EQ(unlock("CONTOSO\\migadmin").rfind("Get-ADUser migadmin | Unlock-ADAccount", 0), 0U);
    EXPECT_EQ(unlock("migadmin").rfind("Get-ADUser migadmin | Unlock-ADAccount", 0), 0U);
    EXPECT_EQ(unlock("migadmin@contoso.example")
                  .rfind("Get-ADUser -Filter 'UserPrincipalName -eq \"migadmin@contoso.example\"' | Unlock", 0),
              0U);
    EXPECT_EQ(unlock("C\\a'; Remove-Item x").rfind("Get-ADUser <sAMAccountName> | Unlock-ADAccount", 0), 0U);
}

TEST(RemedyFor, knows_every_name_that_the_catalogue_asks_for) {
    const RemedyNames names{
        .address = "A", .source = "S", .account = "U", .host = "H", .primary = "P", .account_name = "N", .batch = "B"};
    for (const CauseInfo& row : catalogue()) {
        const std::string remedy = remedy_for(row.cause, names);
        EXPECT_EQ(remedy.find_first_of("{}"), std::string::npos) << row.code;
        for (const char* const placeholder :
             {"<address>", "<source>", "<account>", "<account_name>", "<host>", "<primary>", "<batch>"}) {
            EXPECT_EQ(remedy.find(placeholder), std::string::npos) << row.code;
        }
    }
}

} // namespace
} // namespace mailpreflight::core
