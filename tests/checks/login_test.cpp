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
    ASSERT_EQ(looked.observations.size(), 4U);
    const core::Observation& login = looked.observations[0];
    EXPECT_EQ(login.key.check, Check::ews_login);
    EXPECT_EQ(login.cause, Cause::ok);
    EXPECT_FALSE(fact(login, "own_root_id").empty());
    EXPECT_FALSE(login.evidence.request_id.empty());
    EXPECT_EQ(fact(login, "offers"), "negotiate ntlm");
    EXPECT_EQ(fact(login, "way"), "ntlm");
    EXPECT_EQ(looked.observations[1].key.check, Check::auth_extended_protection);
    EXPECT_EQ(looked.observations[1].cause, Cause::ok);
    EXPECT_EQ(fact(looked.observations[1], "binding"), "tls-server-end-point");
    EXPECT_EQ(looked.observations[2].key.check, Check::server_version);
    EXPECT_FALSE(fact(looked.observations[2], "build").empty());
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

TEST_F(LoginChecks, a_refusal_of_a_secret_that_another_door_accepts_points_at_extended_protection_without_another_try) {
    gate_.proven = true;
    auto reach = access("wrong");
    const Looked looked = run(*reach, Check::ews_login);
    ASSERT_EQ(looked.observations.size(), 2U);
    EXPECT_EQ(looked.observations[1].key.check, Check::auth_extended_protection);
    EXPECT_EQ(looked.observations[1].cause, Cause::extended_protection_suspected);
    EXPECT_EQ(exchange_->presentations(), 1U);
}

TEST_F(LoginChecks, a_server_that_demands_channel_bindings_accepts_ours) {
    exchange_->with_state(
        [](simulator::State& state) { state.server.extended_protection = simulator::ExtendedProtection::require; });
    auto reach = access();
    EXPECT_EQ(run(*reach, Check::ews_login).observations.front().cause, Cause::ok);
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

TEST_F(LoginChecks, the_addresses_and_the_clock_are_looked_at_without_a_credential) {
    auto reach = access();
    const Looked looked = run(*reach, Check::source_address);
    ASSERT_EQ(looked.observations.size(), 3U);
    const core::Observation& one = looked.observations[0];
    EXPECT_EQ(one.key.subject, core::Subject::of_address("contoso", "127.0.0.1:" + std::to_string(exchange_->port())));
    EXPECT_EQ(one.cause, Cause::ok);
    EXPECT_EQ(one.detail, "answers HTTP 401");
    EXPECT_EQ(fact(one, "offers"), "negotiate ntlm");
    EXPECT_EQ(fact(one, "front_end"), "EX01");
    EXPECT_EQ(fact(one, "build"), "15.2.1544") << "as the logon page tells it";
    EXPECT_EQ(fact(one, "certificate").size(), 64U);
    EXPECT_EQ(looked.observations[1].key.subject, core::Subject::of_source("contoso"));
    EXPECT_EQ(looked.observations[2].key.check, Check::source_clock);
    EXPECT_EQ(looked.observations[2].cause, Cause::ok);
    EXPECT_EQ(exchange_->presentations(), 0U);
    EXPECT_TRUE(gate_.proving.empty());
}

TEST_F(LoginChecks, an_address_whose_tls_fails_everywhere_is_no_news_of_an_address) {
    auto reach = access();
    SourceEndpoints endpoints = reach->endpoints();
    endpoints.ews.tls.ca_file.clear();
    Access untrusting(network_, gate_, clock_, endpoints, [](const base::Deadline&) { return true; });
    const Looked looked = run(untrusting, Check::source_address);
    ASSERT_EQ(looked.observations.size(), 1U);
    EXPECT_EQ(looked.observations[0].key.subject, core::Subject::of_source("contoso"));
    EXPECT_EQ(looked.observations[0].state, core::State::fail);
}

class UserAgents : public LoginChecks {
protected:
    std::unique_ptr<Access> with_tool(http::Scheme scheme = http::Scheme::automatic) {
        SourceEndpoints endpoints = access("Correct-Horse-7", scheme)->endpoints();
        endpoints.user_agent = "MigrationTool/7.1";
        endpoints.own_user_agent = "mailpreflight-test/1";
        return std::make_unique<Access>(
            network_, gate_, clock_, std::move(endpoints), [](const base::Deadline&) { return true; });
    }
    void allow_only(std::vector<std::string> patterns) {
        exchange_->with_state([&](simulator::State& state) { state.server.allowed_user_agents = std::move(patterns); });
    }
    static std::optional<Cause> told(const Looked& looked) {
        for (const core::Observation& look : looked.observations) {
            if (look.key.check == Check::ews_user_agent) {
                return look.cause;
            }
        }
        return std::nullopt;
    }
};

TEST_F(UserAgents, are_compared_on_the_connection_of_the_login_and_once_they_are_known_once_an_hour) {
    auto reach = with_tool();
    EXPECT_EQ(told(run(*reach, Check::ews_login)), Cause::ok);
    EXPECT_EQ(gate_.proving.size(), 1U) << "NTLM presents nothing more for it";
    EXPECT_EQ(told(run(*reach, Check::ews_login)), Cause::ok) << "the second look";
    EXPECT_EQ(told(run(*reach, Check::ews_login)), std::nullopt);
    EXPECT_EQ(gate_.proving.size(), 3U);
    EXPECT_EQ(told(run(*access(), Check::ews_login)), std::nullopt)
        << "without another one there is nothing to compare";
}

TEST_F(UserAgents, a_filter_that_lets_one_of_them_in_is_told_and_one_that_lets_none_in_is_not_theirs) {
    auto reach = with_tool();
    allow_only({"MigrationTool/*"});
    Looked looked = run(*reach, Check::ews_login);
    EXPECT_EQ(told(looked), Cause::user_agent_filtered);
    EXPECT_EQ(looked.observations.front().cause, Cause::ok);
    allow_only({"mailpreflight*"});
    looked = run(*reach, Check::ews_login);
    EXPECT_EQ(told(looked), Cause::user_agent_blocked);
    EXPECT_EQ(looked.observations.front().cause, Cause::ews_access_blocked);
    allow_only({"Outlook*"});
    looked = run(*reach, Check::ews_login);
    EXPECT_EQ(told(looked), std::nullopt);
    EXPECT_EQ(looked.observations.front().cause, Cause::ews_access_blocked);
}

TEST_F(UserAgents, by_basic_the_second_request_too_goes_through_the_guard) {
    exchange_->with_state([](simulator::State& state) { state.server.offers = {"basic"}; });
    const std::size_t without = [&] {
        run(*access(), Check::ews_login);
        return gate_.proving.size();
    }();
    EXPECT_EQ(told(run(*with_tool(), Check::ews_login)), Cause::ok);
    EXPECT_EQ(gate_.proving.size(), 2 * without + 1);
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
