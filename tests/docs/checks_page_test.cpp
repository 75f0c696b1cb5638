// docs/checks.md says what the catalogue says: it is written from it, and this test holds it there.
// Rewrite it on purpose with MAILPREFLIGHT_ACCEPT=1; the test then counts as skipped.

#include "base/file.hpp"
#include "base/text.hpp"
#include "core/cause.hpp"
#include "core/check.hpp"
#include "core/remedy.hpp"
#include "tests/docs/what_breaks.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

using namespace mailpreflight;

namespace {

std::string in_cell(std::string_view text) {
    std::string cell;
    for (const char c : text) {
        cell += c == '|' ? std::string("\\|") : std::string(1, c);
    }
    return cell;
}

/// As a link of a page in docs/.
std::string link_to(std::string_view link) {
    constexpr std::string_view ours = "docs/";
    if (link.starts_with(ours)) {
        link.remove_prefix(ours.size());
        return fmt::format("[{}]({})", link.substr(0, link.find('.')), link);
    }
    const std::string_view host = link.substr(link.find("//") + 2);
    return fmt::format("[{}]({})", host.substr(0, host.find('/')), link);
}

std::string what_breaks_tables() {
    std::string shown = R"(
## What breaks a cutover, and which cause says so

| what happened | cause |
| --- | --- |
)";
    std::string open = R"(
## Not tested, and why

| what happened | who can mend it | why it is not tested |
| --- | --- | --- |
)";
    for (const Condition& condition : what_breaks()) {
        std::string causes;
        for (const core::Cause cause : condition.shown_as) {
            causes += fmt::format("{}`{}`", causes.empty() ? "" : ", ", core::code_of(cause));
        }
        if (condition.why_not.empty()) {
            shown += fmt::format("| {} | {} |\n", condition.what, causes);
        } else {
            open += fmt::format("| {} | {} | {} |\n", condition.what, condition.mender, condition.why_not);
        }
    }
    return shown + open;
}

std::string checks_page() {
    std::string page = R"(# Checks and causes

Written from the catalogue in `core/cause.cpp`; a test holds this page to it. Codes never change once released.

## Checks

A check looks at one subject and yields one observation: `pass`, `warn`, `fail`, or `unknown` (we could not find out,
which is never the same as `fail`). A check behind a failed gate yields none: the gate's own observation names what it
holds back. The order of the gates is name, connection, certificate, login, mailbox; no credential is sent past a failed
certificate.

| check | what it does and what its pass proves |
| --- | --- |
)";
    for (const core::Check check : core::all_checks) {
        page += fmt::format("| `{}` | {} |\n", core::name_of(check), core::sentence_about(check));
    }
    page += R"(
## Causes

*second look*: a change to this cause is believed after two equal looks at least `confirm_after` apart, the second on a newer
connection. *at once*: the answer is definitive; for a mailbox it is believed at the first look while other mailboxes of the
source pass. `{address}` and the like are filled in, quoted for PowerShell, `{sh address}` for a Unix shell.
`{account}` is the user name, `{account_name}` what `[account.NAME]` calls it, and `{ad_user}` the `Get-ADUser` that finds it.

The state is what a look says. What it does to a batch follows from what the batch requires: a `fail` of a check that it requires (its ways in
`prove`, the source's name, connection, certificate and login) makes it NO-GO, an `unknown` UNKNOWN, a `warn` is told beside GO. Of a way that no
batch requires the same looks are told and do nothing to the verdict.

*found by*: the checks that look for it; a later check that meets it on its way says the same. *verdict*: no look shows it, it is found when a batch
is judged.

| cause | state | believed | found by | mended by | what it means | what mends it | more |
| --- | --- | --- | --- | --- | --- | --- | --- |
)";
    for (const core::CauseInfo& row : core::catalogue()) {
        page += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
                            row.code,
                            core::name_of(row.state),
                            row.certainty == core::Certainty::definitive ? "at once" : "second look",
                            row.shown_by,
                            core::name_of(row.mender),
                            in_cell(row.sentence),
                            in_cell(row.remedy),
                            link_to(row.link));
    }
    return page + what_breaks_tables();
}

} // namespace

TEST(ChecksPage, says_what_the_catalogue_says) {
    const std::string path = "docs/checks.md";
    if (std::getenv("MAILPREFLIGHT_ACCEPT") != nullptr) {
        ASSERT_TRUE(base::write_file_atomically(path, checks_page(), 0644));
        GTEST_SKIP() << "rewrote " << path;
    }
    const auto page = base::read_file(path, 1 << 20);
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_EQ(*page, checks_page()) << "rewrite it with MAILPREFLIGHT_ACCEPT=1";
}

TEST(Catalogue, every_failing_cause_tells_how_it_is_mended) {
    for (const core::CauseInfo& row : core::catalogue()) {
        EXPECT_FALSE(row.sentence.empty()) << row.code;
        if (row.state == core::State::fail) {
            EXPECT_FALSE(row.remedy.empty()) << row.code;
        }
    }
}

TEST(Catalogue, codes_are_unique_lower_snake_case) {
    std::set<std::string_view> codes;
    for (const core::CauseInfo& row : core::catalogue()) {
        EXPECT_TRUE(codes.insert(row.code).second) << row.code;
        EXPECT_EQ(row.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos)
            << row.code;
    }
}

TEST(Catalogue, never_advises_enable_mailbox_which_would_make_an_empty_one) {
    for (const core::CauseInfo& row : core::catalogue()) {
        EXPECT_EQ(row.remedy.find("Enable-Mailbox"), std::string_view::npos) << row.code;
    }
    EXPECT_NE(core::info(core::Cause::mailbox_disabled).remedy.find("Connect-Mailbox"), std::string_view::npos);
}

TEST(Catalogue, names_the_checks_that_find_each_cause) {
    for (const core::CauseInfo& row : core::catalogue()) {
        EXPECT_FALSE(row.shown_by.empty()) << row.code;
        for (const std::string& given : base::split(row.shown_by, ',')) {
            const std::string_view name = base::trim(given);
            const bool known = name == "any" || name == "verdict" || name == "mailbox.*" || core::check_named(name);
            EXPECT_TRUE(known) << row.code << ": " << name;
        }
    }
}

TEST(Catalogue, links_each_cause_to_a_public_document_or_to_a_page_of_ours_that_is_there) {
    for (const core::CauseInfo& row : core::catalogue()) {
        EXPECT_EQ(row.link.find(' '), std::string_view::npos) << row.code;
        if (!row.link.starts_with("https://")) {
            EXPECT_TRUE(row.link.starts_with("docs/")) << row.code << ": " << row.link;
            EXPECT_TRUE(base::read_file(std::string(row.link), 1 << 20)) << row.code << ": " << row.link;
        }
    }
}

// Rules of monitoring, tickets and scripts name them: a code that was released stays for ever.
TEST(Catalogue, keeps_every_code_that_was_released) {
    const std::string path = "tests/docs/golden/released-causes.txt";
    std::string known = base::read_file(path, 1 << 20).value_or("");
    if (std::getenv("MAILPREFLIGHT_ACCEPT") != nullptr) {
        for (const core::CauseInfo& row : core::catalogue()) { // adds, never takes away
            const std::string line = std::string(row.code) + "\n";
            known += ("\n" + known).find("\n" + line) == std::string::npos ? line : "";
        }
        ASSERT_TRUE(base::write_file_atomically(path, known, 0644));
        GTEST_SKIP() << "added to " << path;
    }
    std::set<std::string> released;
    for (const std::string& code : base::split(known, '\n')) {
        if (!code.empty()) {
            released.insert(code);
            EXPECT_TRUE(core::cause_coded(code)) << code << " was released and is gone";
        }
    }
    for (const core::CauseInfo& row : core::catalogue()) {
        EXPECT_TRUE(released.contains(std::string(row.code)))
            << row.code << " is new: MAILPREFLIGHT_ACCEPT=1 adds it to " << path;
    }
}

TEST(WhatBreaks, says_of_each_condition_which_cause_shows_it_or_why_none_does) {
    std::set<core::Cause> named;
    for (const Condition& condition : what_breaks()) {
        EXPECT_NE(condition.shown_as.empty(), condition.why_not.empty()) << condition.what;
        named.insert(condition.shown_as.begin(), condition.shown_as.end());
    }
    EXPECT_EQ(what_breaks().size(), 60U);
}
