#include "tests/checks/bench.hpp"

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Check;

class MailboxChecks : public ChecksTest {
protected:
    core::Observation look(const std::string& address, Check check = Check::mailbox_impersonation) {
        if (!access_) {
            access_ = access();
        }
        const Looked looked = run(*access_, check, address);
        EXPECT_EQ(looked.observations.size(), 1U);
        return looked.observations.back();
    }
    std::unique_ptr<Access> access_;
};

TEST_F(MailboxChecks, impersonation_opens_the_root_and_keeps_its_digest_and_evidence) {
    const core::Observation opened = look(anna);
    EXPECT_EQ(opened.cause, Cause::ok);
    EXPECT_FALSE(fact(opened, "root_id").empty());
    EXPECT_EQ(fact(opened, "back_end"), opened.evidence.back_end);
    EXPECT_FALSE(opened.evidence.peer.empty());
    EXPECT_EQ(opened.evidence.url, exchange_->url() + "/EWS/Exchange.asmx");
    EXPECT_NE(fact(look("migadmin@contoso.example"), "root_id"), fact(opened, "root_id"));
}

TEST_F(MailboxChecks, full_access_is_another_right_than_impersonation) {
    EXPECT_EQ(look(anna, Check::mailbox_full_access).cause, Cause::access_denied);
    exchange_->with_state([](simulator::State& state) {
        state.organisation.full_access.push_back({.account = "CONTOSO\\migadmin", .all = true});
        state.organisation.impersonation.clear();
    });
    EXPECT_EQ(look(anna, Check::mailbox_full_access).cause, Cause::ok);
    EXPECT_EQ(look(anna).cause, Cause::impersonation_denied);
}

TEST_F(MailboxChecks, mailbox_missing_needs_the_directory_as_second_witness) {
    const core::Observation nobody = look("nobody@contoso.example");
    EXPECT_EQ(nobody.cause, Cause::mailbox_missing);
    EXPECT_NE(nobody.detail.find("the directory does not know the address either"), std::string::npos);
    EXPECT_EQ(paced_, 2); // the second request waits for the rate, too
}

TEST_F(MailboxChecks, a_directory_that_does_not_tell_leaves_it_not_found_here) {
    exchange_->with_state([](simulator::State& state) {
        state.server.resolve_needs_mailbox = true;
        state.directory.find("CONTOSO\\migadmin")->mailbox.clear();
    });
    EXPECT_EQ(look("nobody@contoso.example").cause, Cause::mailbox_not_found_here);
}

TEST_F(MailboxChecks, an_alias_opens_by_the_primary_address_that_the_server_names) {
    change(anna, [](simulator::Mailbox& mailbox) { mailbox.aliases = {"u17@contoso.example"}; });
    const core::Observation alias = look("u17@contoso.example");
    EXPECT_EQ(alias.cause, Cause::address_is_alias);
    EXPECT_EQ(fact(alias, "primary_address"), anna);
}

TEST_F(MailboxChecks, share_a_connection_until_a_newer_one_is_asked_for) {
    look(anna);
    look(anna);
    EXPECT_EQ(gate_.proving.size(), 1U);
    const core::Observation second =
        run(*access_, Check::mailbox_impersonation, anna, clock_.now()).observations.back();
    EXPECT_EQ(gate_.proving.size(), 2U);
    EXPECT_EQ(second.cause, Cause::ok);
}

TEST_F(MailboxChecks, behind_a_closed_gate_see_nothing_of_the_mailbox) {
    gate_.closed_by = "parked since noon";
    auto reach = access();
    for (const Check check : {Check::mailbox_impersonation, Check::mailbox_full_access, Check::mailbox_owa}) {
        const Looked looked = run(*reach, check, anna);
        ASSERT_EQ(looked.observations.size(), 1U);
        EXPECT_EQ(looked.observations.front().key.subject, core::Subject::of_source("contoso"));
        EXPECT_TRUE(looked.gate);
    }
}

TEST_F(MailboxChecks, owa_says_never_more_than_that_a_shell_came) {
    exchange_->with_state([](simulator::State& state) {
        state.organisation.full_access.push_back({.account = "CONTOSO\\migadmin", .all = true});
    });
    const core::Observation shell = look(anna, Check::mailbox_owa);
    EXPECT_EQ(shell.cause, Cause::shell_only);
    EXPECT_EQ(shell.state, core::State::unknown);
}

} // namespace
} // namespace mailpreflight::checks
