#include "directory/account_state.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::directory {
namespace {

using core::Cause;
using namespace std::chrono_literals;

const base::SystemTime now = *base::parse_rfc3339("2026-12-01T12:00:00Z");

std::string filetime(base::SystemTime at) {
    return std::to_string((at.time_since_epoch() + 11'644'473'600s).count() * 10);
}

/// A user as a domain controller shows one: normal account, password for 30 more days.
Attributes user() {
    return {{"useraccountcontrol", "512"},
            {"msds-user-account-control-computed", "0"},
            {"msds-userpasswordexpirytimecomputed", filetime(now + 24h * 30)},
            {"accountexpires", "9223372036854775807"},
            {"lockouttime", "0"},
            {"badpwdcount", "1"},
            {"pwdlastset", filetime(now - 24h * 12)}};
}

Attributes with(const std::string& name, const std::string& value, Attributes attributes = user()) {
    attributes[name] = value;
    return attributes;
}

Attributes without(const std::string& name, Attributes attributes = user()) {
    attributes.erase(name);
    return attributes;
}

AccountState read(const Attributes& attributes) {
    return read_account_state(attributes, 60min, now);
}

Cause reason(const Attributes& attributes) {
    return reason_not_to_log_in(read(attributes), now);
}

TEST(AccountState, tells_the_end_of_the_password) {
    const AccountState state = read(user());
    EXPECT_EQ(state.password_end, now + 24h * 30);
    EXPECT_EQ(state.password_set, now - 24h * 12);
    EXPECT_EQ(state.account_end, std::nullopt);
    EXPECT_EQ(state.bad_passwords, 1);
    EXPECT_EQ(reason(user()), Cause::ok);
}

TEST(AccountState, knows_that_a_password_never_ends) {
    const AccountState state = read(with("msds-userpasswordexpirytimecomputed", "9223372036854775807"));
    EXPECT_TRUE(state.password_never_ends);
    EXPECT_EQ(state.password_end, std::nullopt);
    // Where the directory does not compute it, the account's own flag says it.
    const auto computed = without("msds-userpasswordexpirytimecomputed");
    EXPECT_FALSE(read(computed).password_never_ends);
    EXPECT_TRUE(read(with("useraccountcontrol", "66048", computed)).password_never_ends);
}

TEST(AccountState, knows_why_a_login_would_be_refused) {
    EXPECT_EQ(reason(with("useraccountcontrol", "514")), Cause::admin_account_disabled);
    EXPECT_EQ(reason(with("accountexpires", filetime(now))), Cause::account_expired);
    EXPECT_EQ(reason(with("accountexpires", filetime(now + 1s))), Cause::ok);
    EXPECT_EQ(reason(with("accountexpires", "0")), Cause::ok);
    EXPECT_EQ(reason(with("msds-user-account-control-computed", "16")), Cause::account_locked);
    EXPECT_EQ(reason(with("msds-user-account-control-computed", "8388608")), Cause::password_expired);
    EXPECT_EQ(reason(with("msds-userpasswordexpirytimecomputed", "0")), Cause::password_change_required);
    EXPECT_EQ(reason(with("pwdlastset", "0")), Cause::password_change_required);
    EXPECT_EQ(reason(with("useraccountcontrol", "-2147483134")), Cause::admin_account_disabled)
        << "written with a sign";
}

TEST(AccountState, believes_the_computed_lock_before_the_time_of_the_last_one) {
    const Attributes once_locked = with("lockouttime", filetime(now - 5min));
    EXPECT_EQ(reason(once_locked), Cause::ok) << "an old lock-out leaves its time behind";
    EXPECT_EQ(read(once_locked).locked_since, now - 5min);
    const auto computed = without("msds-user-account-control-computed", once_locked);
    EXPECT_EQ(reason(computed), Cause::account_locked);
    EXPECT_EQ(reason(with("lockouttime", filetime(now - 60min), computed)), Cause::ok);
}

TEST(AccountState, judges_the_end_by_the_clock_only_where_the_directory_does_not) {
    const Attributes past = with("msds-userpasswordexpirytimecomputed", filetime(now - 1s));
    EXPECT_EQ(reason(past), Cause::ok) << "our clock may be wrong";
    EXPECT_EQ(reason(without("msds-user-account-control-computed", past)), Cause::password_expired);
}

TEST(AccountState, tells_nothing_that_it_may_not_read) {
    EXPECT_EQ(read({}), AccountState{});
    EXPECT_EQ(reason({{"useraccountcontrol", "none"}, {"lockouttime", "-1"}, {"badpwdcount", "99999999999"}}),
              Cause::ok);
}

} // namespace
} // namespace mailpreflight::directory
