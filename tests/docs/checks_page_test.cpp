// docs/checks.md says what the catalogue says: it is written from it, and this test holds it there.
// Rewrite it on purpose with MAILPREFLIGHT_ACCEPT=1; the test then counts as skipped.

#include "base/file.hpp"
#include "core/cause.hpp"
#include "core/check.hpp"
#include "core/remedy.hpp"

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
source pass. `{address}` and the like are filled in, quoted for PowerShell.

| cause | state | believed | mended by | what it means | what mends it |
| --- | --- | --- | --- | --- | --- |
)";
    for (const core::CauseInfo& row : core::catalogue()) {
        page += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n",
                            row.code,
                            core::name_of(row.state),
                            row.certainty == core::Certainty::definitive ? "at once" : "second look",
                            core::name_of(row.mender),
                            in_cell(row.sentence),
                            in_cell(row.remedy));
    }
    return page;
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

TEST(Catalogue, never_advises_enable_mailbox_for_a_disconnected_mailbox) {
    const auto& disabled = core::info(core::Cause::mailbox_disabled);
    EXPECT_NE(disabled.remedy.find("never Enable-Mailbox"), std::string_view::npos);
}
