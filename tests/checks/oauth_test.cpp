#include "checks/account_password.hpp"
#include "core/exchange_online.hpp"
#include "http/rest_client.hpp"
#include "tests/checks/bench.hpp"

#include <algorithm>

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Check;

[[maybe_unused]] const bool prepared = (http::prepare_rest_client(), true);

/// An application on an Exchange Online, whose token endpoint is the same simulator.
class ApplicationChecks : public ChecksTest {
protected:
    ApplicationChecks() {
        simulator::SimulatorOptions options;
        options.control = false;
        options.host_names = {online};
        options.state = exchange_->with_state([](simulator::State& state) { return state; });
        exchange_ = std::make_unique<simulator::Simulator>(std::move(options));
        exchange_->with_state([&](simulator::State& state) {
            state.server.version = *simulator::find_version_profile("online");
            state.oauth.resource = scope().substr(0, scope().rfind('/'));
            state.server.offers = {"bearer"};
            state.oauth.applications = {{.client_id = "client", .secrets = {"right"}}};
            state.organisation.impersonation = {{.assignee = "app:client"}};
        });
    }

    std::string scope() const {
        return "https://" + std::string(online) + ":" + std::to_string(exchange_->port()) + "/.default";
    }

    std::unique_ptr<Access> application(const std::string& secret = "right",
                                        std::optional<base::SystemTime> last_window_end = {}) {
        SourceEndpoints endpoints = access()->endpoints();
        endpoints.ews.host = online;
        http::OAuthSettings settings;
        settings.token_url = {"https", "localhost", exchange_->port(), "/contoso.onmicrosoft.com/oauth2/v2.0/token"};
        settings.client_id = "client";
        settings.ca_file = exchange_->ca_file();
        auto identity = std::make_shared<http::Identity>(http::Identity{.account = "app", .fingerprint = "f1"});
        identity->oauth = std::make_shared<http::OAuth>(settings);
        identity->client_secret = base::Secret(secret);
        endpoints.identity = std::move(identity);
        endpoints.token_scope = scope();
        endpoints.last_window_end = last_window_end;
        return std::make_unique<Access>(
            here_, gate_, clock_, std::move(endpoints), [](const base::Deadline&) { return true; });
    }

    static constexpr const char* online = "outlook.office365.com";
    net::Network here_{[](const std::string&) -> core::Outcome<std::vector<net::Address>> {
        return std::vector<net::Address>{{"127.0.0.1"}};
    }};

    static const core::Observation* find(const Looked& looked, Check check) {
        const auto found = std::find_if(looked.observations.begin(), looked.observations.end(), [&](const auto& look) {
            return look.key.check == check;
        });
        return found == looked.observations.end() ? nullptr : &*found;
    }
};

TEST_F(ApplicationChecks, log_in_by_a_token_and_open_a_mailbox) {
    auto reach = application();
    const Looked looked = run(*reach, Check::ews_login);
    const core::Observation& login = looked.observations.front();
    EXPECT_EQ(login.cause, Cause::ok) << login.detail;
    EXPECT_EQ(fact(login, "way"), "bearer");
    EXPECT_EQ(fact(login, "offers"), "bearer");
    EXPECT_EQ(fact(login, "token_roles"), "full_access_as_app");
    EXPECT_EQ(fact(login, "own_root_id"), "") << "an application has no mailbox";
    EXPECT_FALSE(looked.gate);
    EXPECT_EQ(find(looked, Check::auth_extended_protection), nullptr);
    ASSERT_NE(find(looked, Check::account_password), nullptr);
    EXPECT_EQ(find(looked, Check::account_password)->cause, Cause::password_expiry_unknown);

    EXPECT_EQ(run(*reach, Check::mailbox_impersonation, anna).observations.front().cause, Cause::ok);
    EXPECT_EQ(gate_.results, std::vector{core::PresentationResult::accepted}) << "one token request, no more";
    EXPECT_EQ(exchange_->presentations(), 0U);
}

TEST_F(ApplicationChecks, a_refused_secret_closes_the_gate_with_its_cause) {
    auto reach = application("wrong");
    const Looked looked = run(*reach, Check::ews_login);
    ASSERT_EQ(looked.observations.size(), 1U);
    EXPECT_EQ(looked.observations.front().cause, Cause::credential_refused);
    EXPECT_NE(looked.observations.front().detail.find("AADSTS7000215"), std::string::npos);
    ASSERT_TRUE(looked.gate);
    EXPECT_EQ(gate_.results, std::vector{core::PresentationResult::refused});
}

TEST_F(ApplicationChecks, a_token_without_the_role_is_refused_and_says_so) {
    exchange_->with_state([](simulator::State& state) { state.oauth.applications[0].roles = {"Mail.Read"}; });
    auto reach = application();
    const Looked looked = run(*reach, Check::ews_login);
    EXPECT_EQ(looked.observations.front().cause, Cause::token_refused);
    EXPECT_NE(looked.observations.front().detail.find("2000008"), std::string::npos);
    EXPECT_NE(looked.observations.front().detail.find("it has Mail.Read"), std::string::npos);
}

TEST_F(ApplicationChecks, retirement_is_told_beside_the_login_of_an_exchange_online) {
    auto reach = application();
    const Looked looked = run(*reach, Check::ews_login);
    const core::Observation* const left = find(looked, Check::ews_retirement);
    ASSERT_NE(left, nullptr);
    EXPECT_EQ(left->cause, Cause::exchange_online_ews_ending);
    EXPECT_EQ(fact(*left, "cloud"), "worldwide");
}

TEST_F(ApplicationChecks, a_closed_exchange_online_is_told_as_that) {
    exchange_->with_state([](simulator::State& state) { state.server.ews_enabled = false; });
    auto reach = application();
    const Looked looked = run(*reach, Check::ews_login);
    EXPECT_EQ(looked.observations.front().cause, Cause::exchange_online_ews_closed);
    ASSERT_TRUE(looked.gate);
    ASSERT_NE(find(looked, Check::ews_retirement), nullptr);
    EXPECT_EQ(find(looked, Check::ews_retirement)->cause, Cause::exchange_online_ews_closed);
    EXPECT_EQ(gate_.results, std::vector{core::PresentationResult::accepted}) << "nothing is wrong with the secret";
}

TEST_F(ApplicationChecks, a_window_after_the_end_of_ews_fails) {
    auto reach = application("right", core::ews_ends + std::chrono::hours(1));
    const Looked looked = run(*reach, Check::ews_login);
    ASSERT_NE(find(looked, Check::ews_retirement), nullptr);
    EXPECT_EQ(find(looked, Check::ews_retirement)->cause, Cause::exchange_online_ews_closed);
}

TEST_F(ApplicationChecks, a_server_of_ones_own_is_not_retired) {
    auto reach = access();
    exchange_->with_state([](simulator::State& state) {
        state.server.version = *simulator::find_version_profile("se");
        state.server.offers = {"ntlm"};
    });
    EXPECT_EQ(find(run(*reach, Check::ews_login), Check::ews_retirement), nullptr);
}

TEST(ApplicationEnd, is_that_of_the_certificate_or_the_declared_one) {
    const base::SystemTime now{std::chrono::sys_days{std::chrono::December / 1 / 2026}};
    const auto judged = [&](auto certificate, auto declared) {
        return judge_application_end("contoso", certificate, declared, now);
    };
    const std::optional<base::SystemTime> none;
    const std::optional far(now + std::chrono::hours(24 * 100));
    const std::optional near(now + std::chrono::hours(24 * 20));
    EXPECT_EQ(judged(none, none).cause, Cause::password_expiry_unknown);
    EXPECT_EQ(judged(far, none).cause, Cause::ok);
    EXPECT_EQ(judged(near, far).cause, Cause::password_expires_soon);
    EXPECT_EQ(fact(judged(near, far), "told_by"), "certificate");
    EXPECT_EQ(judged(none, near).cause, Cause::password_expires_soon);
    EXPECT_EQ(fact(judged(none, near), "told_by"), "configuration");
    EXPECT_EQ(fact(judged(none, near), "password_expires"), base::to_rfc3339(*near));
}

} // namespace
} // namespace mailpreflight::checks
