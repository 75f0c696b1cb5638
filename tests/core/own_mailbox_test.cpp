#include "core/own_mailbox.hpp"

#include "tests/core/values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const std::map<std::string, std::string> own_root{{"own_root_id", "ADMIN"}};
const std::map<std::string, std::string> opened_own{{"root_id", "ADMIN"}};

Cause cause_at(const TrackKey& key, const Tracks& tracks, const SourceNames& names) {
    const auto looks = mark_own_mailbox({look(key, noon, Cause::ok, opened_own)}, tracks, {{"contoso", names}});
    EXPECT_EQ(looks.front().state, state_of(looks.front().cause));
    return looks.front().cause;
}

Tracks logged_in() {
    return {{source_key(Check::ews_login), believed(look(source_key(Check::ews_login), noon, Cause::ok, own_root))}};
}

TEST(MarkOwnMailbox, never_lets_the_admins_own_root_pass_for_another_mailbox) {
    EXPECT_EQ(cause_at(anna, logged_in(), {.account = "CONTOSO\\migadmin"}), Cause::wrong_mailbox);
    EXPECT_EQ(cause_at(mailbox_key("anna@contoso.example", Check::mailbox_full_access), logged_in(), {}),
              Cause::wrong_mailbox);
}

TEST(MarkOwnMailbox, believes_the_login_of_the_same_turn) {
    const auto looks = mark_own_mailbox(
        {look(anna, noon, Cause::ok, opened_own), look(source_key(Check::ews_login), noon, Cause::ok, own_root)},
        {},
        {});
    EXPECT_EQ(looks.front().cause, Cause::wrong_mailbox);
}

TEST(MarkOwnMailbox, knows_the_admins_own_row_by_the_names_of_the_account) {
    const TrackKey own = mailbox_key("migadmin@contoso.example");
    EXPECT_EQ(cause_at(own, logged_in(), {.account = "CONTOSO\\MigAdmin"}), Cause::ok);
    EXPECT_EQ(cause_at(own, logged_in(), {.account = "migadmin@CONTOSO.example"}), Cause::ok);
    EXPECT_EQ(cause_at(own, logged_in(), {.account = "CONTOSO\\svc7", .upn = "migadmin@contoso.example"}), Cause::ok);
    EXPECT_EQ(cause_at(own, logged_in(), {.account = "migadmin@fabrikam.example"}), Cause::wrong_mailbox);
    EXPECT_EQ(cause_at(own, logged_in(), {.account = "CONTOSO\\mig"}), Cause::wrong_mailbox);
}

TEST(MarkOwnMailbox, says_nothing_where_no_own_root_is_known_or_another_was_opened) {
    EXPECT_EQ(cause_at(anna, {}, {}), Cause::ok);
    const auto looks = mark_own_mailbox({look(anna, noon, Cause::ok, {{"root_id", "ANNA"}})}, logged_in(), {});
    EXPECT_EQ(looks.front().cause, Cause::ok);
}

} // namespace
} // namespace mailpreflight::core
