#include "checks/anonymous_answer.hpp"
#include "tests/checks/bench.hpp"

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Check;

class LoginChecks : public ChecksTest {
protected:
    base::Deadline deadline_ = base::Deadline::in(std::chrono::seconds(20));
};

TEST_F(LoginChecks, ews_login_proves_on_a_new_connection_and_tells_version_and_own_root) {
    auto reach = access();
    const Looked looked = run(*reach, Check::ews_login);
    ASSERT_EQ(looked.observations.size(), 2U);
    const core::Observation& login = looked.observations[0];
    EXPECT_EQ(login.key.check, Check::ews_login);
    EXPECT_EQ(login.cause, Cause::ok);
    EXPECT_FALSE(fact(login, "own_root_id").empty());
    EXPECT_FALSE(login.evidence.request_id.empty());
    EXPECT_EQ(looked.observations[1].key.check, Check::server_version);
    EXPECT_FALSE(fact(looked.observations[1], "build").empty());
    EXPECT_FALSE(looked.gate);

    run(*reach, Check::ews_login);
    EXPECT_EQ(gate_.proving, (std::vector<bool>{true, true})); // one handshake each
}

TEST_F(LoginChecks, ews_login_passes_for_an_account_without_a_mailbox_of_its_own) {
    exchange_->with_state([](simulator::State& state) { state.directory.find("CONTOSO\\migadmin")->mailbox.clear(); });
    auto reach = access();
    const Looked looked = run(*reach, Check::ews_login);
    EXPECT_EQ(looked.observations.front().cause, Cause::ok);
    EXPECT_EQ(fact(looked.observations.front(), "own_root_id"), "");
    EXPECT_EQ(own_mailbox(*reach, deadline_).cause, Cause::admin_has_no_mailbox);
}

TEST_F(LoginChecks, a_wrong_password_is_presented_once_and_closes_the_gate) {
    auto reach = access("wrong");
    const Looked looked = run(*reach, Check::ews_login);
    ASSERT_EQ(looked.observations.size(), 1U);
    EXPECT_EQ(looked.observations.front().cause, Cause::credential_refused);
    ASSERT_TRUE(looked.gate);
    EXPECT_EQ(looked.gate->stage, core::Stage::authenticate);
    EXPECT_EQ(exchange_->refused_presentations(), 1U);
    EXPECT_EQ(gate_.results, std::vector{core::PresentationResult::refused});
}

TEST_F(LoginChecks, what_the_guard_holds_back_is_shown_as_the_refusal_that_it_stands_for) {
    gate_.closed_by = "parked since noon";
    auto reach = access();
    const Looked looked = run(*reach, Check::ews_login);
    EXPECT_EQ(looked.observations.front().cause, Cause::credential_refused);
    EXPECT_EQ(looked.gate->cause, Cause::credential_parked);
    EXPECT_EQ(exchange_->presentations(), 0U);
}

TEST_F(LoginChecks, a_secret_that_cannot_be_read_dials_nobody) {
    auto reach = access();
    SourceEndpoints endpoints = reach->endpoints();
    endpoints.identity = nullptr;
    endpoints.identity_problem = "password file: others may read it";
    Access blind(network_, gate_, clock_, endpoints, [](const base::Deadline&) { return true; });
    const Looked looked = run(blind, Check::ews_login);
    EXPECT_EQ(looked.observations.front().cause, Cause::secret_unreadable);
    EXPECT_EQ(looked.observations.front().detail, "password file: others may read it");
    EXPECT_TRUE(exchange_->log().empty());
}

TEST_F(LoginChecks, anonymous_answer_compares_the_offers_with_what_we_may_use) {
    auto by_ntlm = access();
    const core::Observation offered = anonymous_answer(*by_ntlm, deadline_);
    EXPECT_EQ(offered.cause, Cause::ok);
    EXPECT_EQ(fact(offered, "offers"), "negotiate ntlm");
    auto by_basic = access("Correct-Horse-7", http::Scheme::basic);
    EXPECT_EQ(anonymous_answer(*by_basic, deadline_).cause, Cause::auth_scheme_not_offered);
    EXPECT_EQ(exchange_->presentations(), 0U);
}

TEST_F(LoginChecks, owa_login_logs_in_by_the_form_and_off_again) {
    auto reach = access();
    const Looked looked = run(*reach, Check::owa_login);
    ASSERT_EQ(looked.observations.size(), 1U);
    EXPECT_EQ(looked.observations.front().cause, Cause::ok) << looked.observations.front().detail;
    EXPECT_EQ(fact(looked.observations.front(), "own_mailbox"), "yes");
    EXPECT_NE(exchange_->log().back().target.find("logoff"), std::string::npos);
}

TEST_F(LoginChecks, a_certificate_that_is_not_trusted_stops_all_before_a_credential) {
    auto reach = access();
    SourceEndpoints endpoints = reach->endpoints();
    endpoints.ews.tls.ca_file.clear();
    endpoints.owa.tls.ca_file.clear();
    Access untrusting(network_, gate_, clock_, endpoints, [](const base::Deadline&) { return true; });
    for (const Check check : {Check::ews_login, Check::owa_login, Check::tls_certificate}) {
        const Looked looked = run(untrusting, check);
        EXPECT_EQ(looked.observations.back().key.check, Check::tls_certificate);
        EXPECT_EQ(looked.observations.back().state, core::State::fail);
        EXPECT_FALSE(fact(looked.observations.back(), "sha256").empty()) << "the refused certificate is still told";
    }
    EXPECT_TRUE(gate_.proving.empty());
}

} // namespace
} // namespace mailpreflight::checks
