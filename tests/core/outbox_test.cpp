#include "core/outbox.hpp"

#include "tests/core/values.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace mailpreflight::core {
namespace {

constexpr base::Duration two_days = std::chrono::hours(48);

OwedNotice owed_since(base::SystemTime at, std::uint64_t attempts = 0) {
    OwedNotice owed;
    owed.notice.id = "I17.3.ops";
    owed.notice.at = at;
    owed.attempts = attempts;
    return owed;
}

OwedNotice tried(std::uint64_t attempts_before, double jitter, std::optional<base::Duration> retry_after = {}) {
    return after_attempt(
        owed_since(noon, attempts_before), {AttemptResult::later, "503", retry_after}, two_days, jitter, noon + 1h);
}

base::Duration wait_after(std::uint64_t attempts_before, double jitter, std::optional<base::Duration> asked = {}) {
    return tried(attempts_before, jitter, asked).next_at.value() - (noon + 1h);
}

TEST(AfterAttempt, waits_5_seconds_and_twice_as_long_each_time_up_to_10_minutes) {
    std::vector<base::Duration> waits;
    for (std::uint64_t before = 0; before < 10; ++before) {
        waits.push_back(wait_after(before, 0));
    }
    EXPECT_EQ(waits, (std::vector<base::Duration>{5s, 10s, 20s, 40s, 80s, 160s, 320s, 600s, 600s, 600s}));
    EXPECT_EQ(wait_after(1'000'000'000'000, 0), 10min);
}

TEST(AfterAttempt, adds_up_to_a_half_as_jitter_says) {
    EXPECT_EQ(wait_after(0, 0.5), 6250ms);
    EXPECT_EQ(wait_after(0, 1), 7500ms);
    EXPECT_EQ(wait_after(20, 1), 15min);
    EXPECT_EQ(wait_after(0, 7), 7500ms) << "jitter is at most 1";
    EXPECT_EQ(wait_after(0, -7), 5s) << "and at least 0";
}

TEST(AfterAttempt, waits_as_long_as_the_receiver_asked_but_an_hour_at_most_and_never_less_than_by_itself) {
    EXPECT_EQ(wait_after(0, 0, 90s), 90s);
    EXPECT_EQ(wait_after(0, 1, 60min), 1h);
    EXPECT_EQ(wait_after(0, 0, 24h), 1h);
    EXPECT_EQ(wait_after(7, 0, 1s), 10min);
    EXPECT_EQ(wait_after(0, 0, -1h), 5s);
}

TEST(AfterAttempt, tells_of_a_later_one_all_that_came_of_it) {
    OwedNotice expected = owed_since(noon, 3);
    expected.attempts = 4;
    expected.tried_at = noon + 1h;
    expected.next_at = noon + 1h + 40s;
    expected.detail = "503";
    EXPECT_EQ(tried(3, 0), expected);
}

TEST(AfterAttempt, is_done_with_what_was_delivered) {
    OwedNotice before = owed_since(noon, 2);
    before.next_at = noon + 1min;
    before.detail = "503";
    OwedNotice expected = owed_since(noon, 3);
    expected.state = OwedState::delivered;
    expected.tried_at = noon + 1h;
    expected.detail = "202 Accepted";
    EXPECT_EQ(after_attempt(before, {AttemptResult::delivered, "202 Accepted", 10s}, two_days, 0.5, noon + 1h),
              expected);
}

TEST(AfterAttempt, calls_dead_at_once_what_is_refused) {
    const OwedNotice after = after_attempt(
        owed_since(noon), {AttemptResult::refused, "404 Not Found", std::nullopt}, two_days, 0.5, noon + 1s);
    EXPECT_EQ(after.state, OwedState::dead);
    EXPECT_EQ(after.next_at, std::nullopt);
    EXPECT_EQ(after.detail, "404 Not Found");
    EXPECT_EQ(after.attempts, 1U);
}

TEST(AfterAttempt, calls_dead_what_is_owed_for_as_long_as_it_is_tried) {
    const Attempt later{AttemptResult::later, "no route", std::nullopt};
    EXPECT_EQ(after_attempt(owed_since(noon), later, two_days, 0.5, noon + 48h - 1us).state, OwedState::owed);
    const OwedNotice dead = after_attempt(owed_since(noon), later, two_days, 0.5, noon + 48h);
    EXPECT_EQ(dead.state, OwedState::dead);
    EXPECT_EQ(dead.next_at, std::nullopt);
    EXPECT_EQ(dead.tried_at, noon + 48h);
}

TEST(AfterAttempt, delivers_what_is_taken_however_old_it_is) {
    EXPECT_EQ(after_attempt(owed_since(noon), {}, two_days, 0.5, noon + 24h * 365).state, OwedState::delivered);
}

TEST(AfterAttempt, gives_up_nothing_because_the_clock_was_set_back) {
    const OwedNotice after =
        after_attempt(owed_since(noon), {AttemptResult::later, "", std::nullopt}, 1min, 0, noon - 24h);
    EXPECT_EQ(after.state, OwedState::owed);
    EXPECT_EQ(after.next_at, noon - 24h + 5s);
}

TEST(SortAsPlanned, goes_by_the_number_in_the_id_whatever_the_clock_showed) {
    const auto of = [](const std::string& id, base::SystemTime at) {
        OwedNotice owed;
        owed.notice.id = id;
        owed.notice.receiver = "ops.7";
        owed.notice.at = at;
        return owed;
    };
    std::vector<OwedNotice> notices{of("I9.10.ops.7", noon - 24h), // the clock was set back
                                    of("verdict.wave.99.9.ops.7", noon),
                                    of("I9.2.ops.7", noon),
                                    of("trial.11.ops.7", noon - 23h)};
    sort_as_planned(notices);
    std::vector<std::string> ids;
    for (const OwedNotice& owed : notices) {
        ids.push_back(owed.notice.id);
    }
    EXPECT_EQ(ids,
              (std::vector<std::string>{"I9.2.ops.7", "verdict.wave.99.9.ops.7", "I9.10.ops.7", "trial.11.ops.7"}));
}

TEST(OwedState, is_read_back_by_its_name_and_by_no_other) {
    for (const OwedState state : {OwedState::owed, OwedState::delivered, OwedState::dead}) {
        EXPECT_EQ(owed_state_named(name_of(state)), state);
    }
    EXPECT_EQ(owed_state_named("Dead"), std::nullopt);
    EXPECT_EQ(owed_state_named(""), std::nullopt);
}

RC_GTEST_PROP(OutboxProperty, waits_longer_than_nothing_and_at_most_15_minutes_or_as_asked, ()) {
    const auto attempts = *rc::gen::arbitrary<std::uint64_t>();
    const double jitter = *rc::gen::inRange(-10, 1'010) / 1'000.0;
    const base::Duration asked{*rc::gen::inRange<std::int64_t>(-1'000'000'000, 100'000'000'000)};
    const bool asks = *rc::gen::arbitrary<bool>();
    const base::SystemTime now = noon + base::Duration(*rc::gen::inRange<std::int64_t>(0, 172'799'000'000));
    RC_PRE(attempts < std::numeric_limits<std::uint64_t>::max());

    const OwedNotice after = after_attempt(owed_since(noon, attempts),
                                           {AttemptResult::later, "503", asks ? std::optional(asked) : std::nullopt},
                                           two_days,
                                           jitter,
                                           now);

    RC_ASSERT(after.state == OwedState::owed);
    RC_ASSERT(after.attempts == attempts + 1);
    const base::Duration wait = after.next_at.value() - now;
    RC_ASSERT(wait >= 5s);
    if (!asks) {
        RC_ASSERT(wait <= 15min);
    } else {
        RC_ASSERT(wait <= 1h);
        RC_ASSERT(wait >= std::min<base::Duration>(asked, 1h));
        RC_ASSERT(wait <= 15min || wait == std::min<base::Duration>(asked, 1h));
    }
}

} // namespace
} // namespace mailpreflight::core
