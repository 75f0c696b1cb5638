#include "runner/back_off.hpp"

#include <gtest/gtest.h>

using namespace mailpreflight;
using namespace std::chrono_literals;
using runner::BackOff;

namespace {

const base::SystemTime noon = base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)) + 12h;

core::TrackKey impersonating(const char* address) {
    return {core::Check::mailbox_impersonation, core::Subject::of_mailbox("contoso", address)};
}

} // namespace

TEST(BackOff, a_first_impersonated_mailbox_is_paused_alone_and_halves_the_lanes) {
    BackOff back_off(4);
    back_off.slow_down(impersonating("a@x"), 30s, noon);
    EXPECT_EQ(back_off.lanes(), 2);
    EXPECT_TRUE(back_off.is_paused(core::Subject::of_mailbox("contoso", "a@x"), noon + 29s));
    EXPECT_FALSE(back_off.is_paused(core::Subject::of_mailbox("contoso", "b@x"), noon));
    EXPECT_EQ(back_off.paused_until(noon), std::nullopt);
}

TEST(BackOff, a_second_mailbox_within_a_minute_pauses_the_source) {
    BackOff back_off(4);
    back_off.slow_down(impersonating("a@x"), 30s, noon);
    back_off.slow_down(impersonating("b@x"), 30s, noon + 59s);
    EXPECT_EQ(back_off.paused_until(noon + 60s), noon + 89s);
}

TEST(BackOff, a_second_mailbox_after_a_minute_does_not) {
    BackOff back_off(4);
    back_off.slow_down(impersonating("a@x"), 30s, noon);
    back_off.slow_down(impersonating("b@x"), 30s, noon + 61s);
    EXPECT_EQ(back_off.paused_until(noon + 61s), std::nullopt);
}

TEST(BackOff, a_full_access_or_login_request_pauses_the_source_at_once) {
    for (const core::Check check : {core::Check::mailbox_full_access, core::Check::ews_login}) {
        BackOff back_off(2);
        back_off.slow_down({check, core::Subject::of_source("contoso")}, 300s, noon);
        EXPECT_EQ(back_off.paused_until(noon), noon + 300s);
        EXPECT_EQ(back_off.paused_until(noon + 300s), std::nullopt);
    }
}

TEST(BackOff, without_a_number_it_waits_ten_seconds_doubling_up_to_ten_minutes) {
    BackOff back_off(1);
    base::SystemTime now = noon;
    for (const base::Duration expected : {10s, 20s, 40s, 80s, 160s, 320s, 600s, 600s}) {
        back_off.slow_down({core::Check::ews_login, core::Subject::of_source("contoso")}, base::Duration::zero(), now);
        ASSERT_EQ(back_off.paused_until(now), now + expected);
        now += expected;
    }
    back_off.went_well(now);
    back_off.slow_down({core::Check::ews_login, core::Subject::of_source("contoso")}, base::Duration::zero(), now);
    EXPECT_EQ(back_off.paused_until(now), now + 10s);
}

TEST(BackOff, lanes_grow_back_by_one_a_minute) {
    BackOff back_off(4);
    back_off.slow_down(impersonating("a@x"), 1s, noon);
    back_off.went_well(noon + 59s);
    EXPECT_EQ(back_off.lanes(), 2);
    back_off.went_well(noon + 60s);
    EXPECT_EQ(back_off.lanes(), 3);
    back_off.went_well(noon + 61s);
    EXPECT_EQ(back_off.lanes(), 3);
}

TEST(BackOff, a_clock_that_was_set_back_a_year_does_not_pause_for_a_year) {
    BackOff back_off(1);
    back_off.slow_down({core::Check::ews_login, core::Subject::of_source("contoso")}, 60s, noon);
    EXPECT_EQ(back_off.paused_until(noon - 365 * 24h), std::nullopt);
}
