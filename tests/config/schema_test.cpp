#include "config/schema.hpp"

#include "tests/config/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace mailpreflight::config {

namespace {

constexpr std::string_view begin_mark = "<!-- begin: printed from config/schema.cpp -->\n";
constexpr std::string_view end_mark = "<!-- end -->\n";

TEST(Schema, is_what_the_documentation_shows) {
    const std::filesystem::path path = test::root / "docs/configuration.md";
    const std::string document = test::content_of(path);
    const std::size_t begin = document.find(begin_mark);
    const std::size_t end = document.find(end_mark);
    ASSERT_NE(begin, std::string::npos);
    ASSERT_NE(end, std::string::npos);
    const std::size_t start = begin + begin_mark.size();
    const std::string expected = "\n" + schema_as_markdown() + "\n";
    if (test::accepting()) {
        test::write(path, document.substr(0, start) + expected + document.substr(end));
        GTEST_SKIP() << "wrote " << path;
    }
    EXPECT_EQ(document.substr(start, end - start), expected);
}

TEST(Schema, declares_each_key_once_and_explains_it) {
    std::set<std::pair<std::string_view, std::string_view>> keys;
    for (const Option& option : schema_options()) {
        EXPECT_TRUE(keys.emplace(option.table, option.key).second) << option.table << "." << option.key;
        EXPECT_FALSE(option.paragraph.empty()) << option.key;
        EXPECT_FALSE(option.required && !option.default_value.empty()) << option.key;
        EXPECT_TRUE(std::any_of(schema_tables().begin(), schema_tables().end(), [&](const Table& table) {
            return table.path == option.table;
        })) << option.table;
    }
}

/// The minimal configuration with one option written out.
std::string with(const Option& option, std::string_view value) {
    std::string text = test::minimal;
    std::string table(option.table);
    if (table == "account.*.oauth") {
        const std::string password = "username = 'CONTOSO\\migadmin'\npassword = { file = \"secret\" }\n";
        text.replace(text.find(password),
                     password.size(),
                     "[account.migadmin.oauth]\ntenant = \"contoso.example\"\n"
                     "client_id = \"1b0e5a4e-0c6f-4c1a-9a53-0d3a5f0c8f01\"\nclient_secret = { file = \"secret\" }\n");
        text += "auth = \"oauth\"\nowa_url = \"none\"\n";
    }
    if (table.starts_with("notify.")) {
        text += "[notify.ops]\ntype = \"command\"\ncommand = [\"/bin/true\"]\n";
    }
    const bool is_batch = table.starts_with("batch.");
    if (is_batch) {
        text += "[batch.wave1]\nsource = \"contoso\"\nmailboxes = \"wave1.txt\"\n";
    }
    for (const auto& [pattern, name] : {std::pair<std::string, std::string>("account.*", "account.migadmin"),
                                        {"source.*", "source.contoso"},
                                        {"batch.*", "batch.wave1"},
                                        {"notify.*", "notify.ops"}}) {
        if (table.starts_with(pattern)) {
            table.replace(0, pattern.size(), name);
        }
    }
    std::string line = fmt::format("{} = {}\n", option.key, value);
    if (table.ends_with(".ldap")) { // stands with all that it needs
        line += "url = \"ldaps://dc1\"\nbase = \"DC=contoso\"\naccount = \"reader\"\n";
        text += "[account.reader]\nusername = \"reader\"\npassword = { file = \"r\" }\n";
    }
    const std::string header = fmt::format("[{}]\n", table);
    const std::size_t at = text.find(header);
    if (at == std::string::npos) {
        return text + header + line;
    }
    return text.insert(at + header.size(), line);
}

TEST(Schema, states_the_defaults_that_hold_when_nothing_is_written) {
    for (const Option& option : schema_options()) {
        if (option.default_value.empty()) {
            continue;
        }
        const std::string text = with(option, option.default_value);
        const LoadResult written = parse(text, "test.toml", test::one_mailbox);
        std::string without = text;
        const std::string line = fmt::format("{} = {}\n", option.key, option.default_value);
        without.erase(without.find(line), line.size());
        const LoadResult silent = parse(without, "test.toml", test::one_mailbox);
        ASSERT_TRUE(written.config) << test::told(written.problems);
        EXPECT_EQ(written.config, silent.config) << option.table << "." << option.key;
        EXPECT_TRUE(written.problems.empty()) << test::told(written.problems);
    }
}

TEST(ExampleConfiguration, loads_without_a_problem) {
    const std::filesystem::path path = test::root / "config/mailpreflight.example.toml";
    const LoadResult result = load(path, *base::parse_rfc3339("2026-11-22T00:00:00Z"));
    EXPECT_EQ(test::told(result.problems), "");
    ASSERT_TRUE(result.config);
    ASSERT_EQ(result.config->batches.size(), 2U);
    EXPECT_EQ(result.config->batches[0].list.mailboxes.size(), 3U);
    EXPECT_EQ(result.config->batches[0].list.mailboxes[0].labels.at("Database"), "DB03");
    EXPECT_EQ(result.config->batches[1].list.mailboxes.size(), 2U);
}

TEST(ExampleConfiguration, shows_every_option_with_its_default) {
    const std::string example = test::content_of(test::root / "config/mailpreflight.example.toml");
    for (const Option& option : schema_options()) {
        const std::string key(option.key);
        if (option.table.starts_with("account.*.") || option.table.starts_with("notify.*.") ||
            option.table == "batch.*.window") {
            continue; // inline
        }
        const bool shown = example.find("\n" + key + " = ") != std::string::npos ||
                           example.find("\n# " + key + " = ") != std::string::npos;
        EXPECT_TRUE(shown) << key;
        if (!option.default_value.empty()) {
            EXPECT_NE(example.find(fmt::format("{} = {}", key, option.default_value)), std::string::npos)
                << key << " = " << option.default_value;
        }
    }
}

} // namespace

} // namespace mailpreflight::config
