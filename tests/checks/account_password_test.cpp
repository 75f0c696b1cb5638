#include "checks/account_password.hpp"

#include "tests/checks/bench.hpp"

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Check;
using ews::PasswordExpiration;
using namespace std::chrono_literals;

const base::SystemTime noon = *base::parse_rfc3339("2026-11-22T12:00:00Z");

core::Observation judged(const PasswordTold& told) {
    return judge_password("contoso", told, noon);
}

PasswordTold by_ews(PasswordExpiration told) {
    PasswordTold all;
    all.ews = told;
    return all;
}

PasswordTold by_directory(const directory::AccountState& state) {
    PasswordTold all;
    all.directory = state;
    return all;
}

directory::AccountState good_until(base::SystemTime end) {
    directory::AccountState state;
    state.password_end = end;
    return state;
}

TEST(PasswordEnd, is_told_by_the_first_who_knows_it) {
    PasswordTold told;
    EXPECT_EQ(judged(told).cause, Cause::password_expiry_unknown);
    told.declared = noon + 24h * 40;
    EXPECT_EQ(fact(judged(told), "told_by"), "configuration");
    told.ews = PasswordExpiration{.never = false, .at = noon + 24h * 50};
    EXPECT_EQ(fact(judged(told), "told_by"), "ews");
    told.directory = directory::AccountState{};
    EXPECT_EQ(fact(judged(told), "told_by"), "ews") << "the directory shows nothing of it to the one who reads";
    told.directory = good_until(noon + 24h * 60);
    EXPECT_EQ(fact(judged(told), "told_by"), "ldap");
    EXPECT_EQ(fact(judged(told), "password_expires"), base::to_rfc3339(noon + 24h * 60));
    EXPECT_EQ(judged(told).cause, Cause::ok);
}

TEST(PasswordEnd, is_soon_within_21_days_and_counts_them) {
    EXPECT_EQ(judged(by_ews({.never = true, .at = {}})).cause, Cause::ok);
    EXPECT_EQ(judged(by_ews({.never = false, .at = noon + 24h * 21})).cause, Cause::ok);
    for (const int days : {20, 14, 7, 3, 1}) {
        const core::Observation look = judged(by_directory(good_until(noon + 24h * days + 1h)));
        EXPECT_EQ(look.cause, Cause::password_expires_soon);
        EXPECT_NE(look.detail.find(days == 1 ? "ends in 1 day," : "ends in " + std::to_string(days) + " days,"),
                  std::string::npos)
            << look.detail;
    }
    EXPECT_EQ(judged(by_ews({})).cause, Cause::password_change_required);
}

TEST(PasswordEnd, says_where_the_tellers_differ) {
    PasswordTold told = by_directory(good_until(noon + 24h * 30));
    told.ews = PasswordExpiration{.never = false, .at = noon + 24h * 42};
    EXPECT_NE(judged(told).detail.find("EWS says otherwise: 2027-01-03T12:00:00.000Z (it knows no fine-grained"),
              std::string::npos)
        << judged(told).detail;
    told.ews = PasswordExpiration{.never = true, .at = {}};
    EXPECT_NE(judged(told).detail.find("EWS says otherwise: never"), std::string::npos) << judged(told).detail;
    told.ews = PasswordExpiration{.never = false, .at = noon + 24h * 30 + 30min};
    told.declared = noon + 24h * 29;
    EXPECT_EQ(judged(told).detail.find("otherwise"), std::string::npos) << judged(told).detail;
    told.declared = noon + 24h * 20;
    EXPECT_NE(judged(told).detail.find("the configuration says otherwise"), std::string::npos) << judged(told).detail;
}

TEST(PasswordEnd, is_told_although_the_directory_cannot_be_read) {
    PasswordTold told;
    told.directory_problem = "ldaps://dc1:636: no answer in time";
    EXPECT_EQ(judged(told).cause, Cause::directory_unreadable);
    told.declared = noon + 24h * 40;
    EXPECT_EQ(judged(told).cause, Cause::directory_unreadable);
    EXPECT_EQ(fact(judged(told), "fallback_told_by"), "configuration");
    EXPECT_EQ(fact(judged(told), "password_expires"), "") << "what the directory told before stands";
    EXPECT_NE(judged(told).detail.find("no answer in time"), std::string::npos);
    told.declared = noon + 24h;
    EXPECT_EQ(judged(told).cause, Cause::password_expires_soon);
}

TEST(AccountInDirectory, is_why_a_login_would_be_refused) {
    directory::AccountState state = good_until(noon + 24h * 40);
    state.locked = true;
    state.locked_since = noon - 5min;
    state.bad_passwords = 5;
    const core::Observation look = judged(by_directory(state));
    EXPECT_EQ(look.cause, Cause::account_locked);
    EXPECT_EQ(look.detail,
              "the directory says that the account is locked out since 2026-11-22T11:55:00.000Z, with 5 bad passwords "
              "there");
    EXPECT_EQ(fact(look, "told_by"), "ldap");
    EXPECT_EQ(fact(look, "password_expires"), base::to_rfc3339(noon + 24h * 40)) << "still known";
    state.disabled = true;
    EXPECT_EQ(judged(by_directory(state)).cause, Cause::admin_account_disabled);
}

TEST(AccountInDirectory, ends_soon_whatever_the_password) {
    directory::AccountState state = good_until(noon + 24h * 40);
    state.account_end = noon + 24h * 5;
    EXPECT_EQ(judged(by_directory(state)).cause, Cause::account_expires_soon);
    EXPECT_EQ(fact(judged(by_directory(state)), "account_expires"), base::to_rfc3339(noon + 24h * 5));
    state.account_end = noon + 24h * 50;
    EXPECT_EQ(judged(by_directory(state)).cause, Cause::ok);
}

class AccountPassword : public ChecksTest {
protected:
    core::Observation seen() {
        auto reach = access();
        for (core::Observation& look : run(*reach, Check::ews_login).observations) {
            if (look.key.check == Check::account_password) {
                return std::move(look);
            }
        }
        ADD_FAILURE() << "no account.password";
        return {};
    }
};

TEST_F(AccountPassword, comes_with_each_login_and_is_no_presentation) {
    exchange_->with_state([](simulator::State& state) {
        state.directory.find("CONTOSO\\migadmin")->password_expires = "2099-12-24T10:00:00.0000000";
    });
    const core::Observation look = seen();
    EXPECT_EQ(look.cause, Cause::ok);
    EXPECT_EQ(fact(look, "password_expires"), "2099-12-24T10:00:00.000Z");
    EXPECT_EQ(fact(look, "told_by"), "ews");
    EXPECT_EQ(exchange_->presentations(), 1U);
}

TEST_F(AccountPassword, comes_with_the_login_to_owa_where_there_is_no_ews) {
    auto endpoints = access()->endpoints();
    endpoints.ews_path.clear();
    endpoints.password_expires = noon + 24h * 3650;
    Access reach(network_, gate_, clock_, endpoints, [](const base::Deadline&) { return true; });
    for (const Check check : {Check::owa_login, Check::account_password}) {
        const Looked looked = run(reach, check);
        ASSERT_EQ(looked.observations.size(), 2U);
        EXPECT_EQ(looked.observations[1].key.check, Check::account_password);
        EXPECT_EQ(fact(looked.observations[1], "told_by"), "configuration");
    }
}

TEST_F(AccountPassword, is_not_asked_of_owa_beside_ews) {
    auto reach = access();
    EXPECT_EQ(run(*reach, Check::owa_login).observations.size(), 1U);
}

TEST_F(AccountPassword, says_of_a_directory_that_cannot_be_reached_that_it_cannot) {
    directory::Settings settings;
    settings.server = {"127.0.0.1", 1, {}};
    settings.reader = std::make_shared<const directory::Reader>(
        directory::Reader{"reader", "CONTOSO\\reader", base::Secret("Reading-Horse-1"), "f2"});
    auto endpoints = access()->endpoints();
    endpoints.directory = std::make_shared<const directory::Settings>(std::move(settings));
    Access reach(network_, gate_, clock_, endpoints, [](const base::Deadline&) { return true; });
    const Looked looked = run(reach, Check::ews_login);
    ASSERT_EQ(looked.observations.front().cause, Cause::ok) << "the login goes on without it";
    EXPECT_NE(looked.observations.back().detail.find("ldaps://127.0.0.1:1"), std::string::npos)
        << looked.observations.back().detail;
    EXPECT_EQ(exchange_->presentations(), 1U);
    EXPECT_EQ(gate_.proving.size(), 1U) << "nothing was presented to the directory";
}

TEST_F(AccountPassword, is_not_told_by_a_server_that_is_out_of_service) {
    exchange_->with_state([](simulator::State& state) {
        state.faults.add({.kind = simulator::FaultKind::status, .path = "/ews", .value = 503});
    });
    auto reach = access();
    const Looked looked = run(*reach, Check::ews_login);
    ASSERT_EQ(looked.observations.front().key.check, Check::ews_login);
    EXPECT_EQ(looked.observations.front().cause, Cause::server_unavailable);
    for (const core::Observation& look : looked.observations) {
        EXPECT_NE(look.key.check, Check::account_password) << look.detail;
    }
}

TEST_F(AccountPassword, is_not_known_of_a_server_that_does_not_know_the_question) {
    exchange_->with_state(
        [](simulator::State& state) { state.server.version = *simulator::find_version_profile("2007sp1"); });
    EXPECT_EQ(seen().cause, Cause::password_expiry_unknown);
}

} // namespace
} // namespace mailpreflight::checks
