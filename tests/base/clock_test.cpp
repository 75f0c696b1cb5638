#include "base/clock.hpp"

#include "base/clock_watch.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::base {
namespace {

using namespace std::chrono_literals;

constexpr SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

TEST(SimulatedClock, moves_both_faces_and_sets_the_wall_clock_alone) {
    SimulatedClock clock(noon);
    const SteadyTime begin = clock.steady_now();
    clock.advance(5min);
    EXPECT_EQ(clock.now(), noon + 5min);
    EXPECT_EQ(clock.steady_now(), begin + 5min);
    clock.set(noon - 24h);
    EXPECT_EQ(clock.now(), noon - 24h);
    EXPECT_EQ(clock.steady_now(), begin + 5min);
}

TEST(Rfc3339, is_written_in_utc_with_milliseconds) {
    EXPECT_EQ(to_rfc3339(noon + 1ms + 999us), "2026-12-01T12:00:00.001Z");
}

struct Read {
    const char* text;
    SystemTime time;
};

TEST(Rfc3339, is_read_with_any_offset_and_fraction) {
    for (const auto& [text, time] : {Read{"2026-12-01T12:00:00Z", noon},
                                     Read{"2026-12-01t12:00:00z", noon},
                                     Read{"2026-12-01 12:00:00Z", noon},
                                     Read{"2026-12-01T06:00:00-06:00", noon},
                                     Read{"2026-12-01T17:45:00.5+05:45", noon + 500ms},
                                     Read{"2026-12-01T12:00:00.1234567Z", noon + 123456us},
                                     Read{"2026-12-01T12:00:60Z", noon + 60s}}) {
        EXPECT_EQ(parse_rfc3339(text), Result<SystemTime>(time)) << text;
    }
}

TEST(Rfc3339, is_refused_when_anything_is_missing_wrong_or_too_much) {
    for (const char* const text : {"",
                                   "2026-12-01",
                                   "2026-12-01T12:00:00",
                                   "2026-12-01T12:00Z",
                                   "2026-02-29T12:00:00Z",
                                   "2026-13-01T12:00:00Z",
                                   "2026-12-01T24:00:00Z",
                                   "2026-12-01T12:60:00Z",
                                   "2026-12-01T12:00:61Z",
                                   "2026-12-01T12:00:00.Z",
                                   "2026-12-01T12:00:00+0100",
                                   "2026-12-01T12:00:00+24:00",
                                   "2026-12-01T12:00:00+01",
                                   "2026-12-01T12:00:00Zjunk",
                                   " 2026-12-01T12:00:00Z",
                                   "-026-12-01T12:00:00Z",
                                   "2026/12/01T12:00:00Z",
                                   "2026-12-01X12:00:00Z",
                                   "2026-12-01T12:00:00\xF0Z"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

RC_GTEST_PROP(Rfc3339Property, reads_back_to_the_millisecond_what_was_written, ()) {
    const SystemTime time(Duration(*rc::gen::inRange<std::int64_t>(-62'000'000'000'000'000, 253'000'000'000'000'000)));
    RC_ASSERT(parse_rfc3339(to_rfc3339(time)).value() == std::chrono::floor<std::chrono::milliseconds>(time));
}

RC_GTEST_PROP(Rfc3339Property, never_reads_past_the_end, ()) {
    const std::string whole = "2026-12-01T12:00:00.123+01:00";
    std::string text = whole.substr(0, *rc::gen::inRange<std::size_t>(0, whole.size() + 1));
    if (!text.empty()) {
        text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    }
    const std::vector<char> exact(text.begin(), text.end()); // so that a sanitizer sees the end
    parse_rfc3339(std::string_view(exact.data(), exact.size()));
}

struct Written {
    Duration duration;
    const char* text;
};

TEST(DurationText, is_the_shortest_exact_form) {
    for (const auto& [duration, text] : {Written{0s, "0s"},
                                         Written{90s, "1m30s"},
                                         Written{15min, "15m"},
                                         Written{90min, "1h30m"},
                                         Written{48h, "2d"},
                                         Written{250ms, "250ms"},
                                         Written{1001us, "1ms1us"},
                                         Written{-90s, "-1m30s"}}) {
        EXPECT_EQ(to_text(duration), text);
    }
}

TEST(DurationText, is_read_in_the_words_that_people_use) {
    for (const auto& [duration, text] : {Written{15min, "15 min"},
                                         Written{1h, "60 minutes"},
                                         Written{90min, " 1h 30m "},
                                         Written{24h, "1 day"},
                                         Written{90s, "90s"},
                                         Written{0s, "0s"}}) {
        EXPECT_EQ(parse_duration(text), Result<Duration>(duration)) << text;
    }
}

TEST(DurationText, is_refused_without_unit_with_a_sign_or_beyond_ten_years) {
    for (const char* const text : {"",
                                   " ",
                                   "15",
                                   "15 ",
                                   "m",
                                   "-5m",
                                   "1.5h",
                                   "5x",
                                   "5m 3",
                                   "99999999999999999999s",
                                   "9999999d",
                                   "3660d 1s",
                                   "5M"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
    std::string many;
    for (int i = 0; i < 100'000; ++i) {
        many += "3660d";
    }
    EXPECT_FALSE(parse_duration(many)) << "and it does not overflow";
}

TEST(ClockWatch, tells_a_leap_both_ways_from_time_that_passes) {
    SimulatedClock clock(SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)));
    ClockWatch watch;
    const auto leap = [&] { return watch.leap(clock); };
    EXPECT_EQ(leap(), std::nullopt) << "nothing to compare with";
    clock.advance(std::chrono::hours(100));
    EXPECT_EQ(leap(), std::nullopt);
    clock.set(clock.now() + std::chrono::hours(2));
    EXPECT_EQ(leap(), std::chrono::hours(2));
    clock.set(clock.now() - std::chrono::hours(24));
    EXPECT_EQ(leap(), -std::chrono::hours(24));
    clock.set(clock.now() + std::chrono::seconds(59));
    EXPECT_EQ(leap(), std::nullopt) << "slewing";
}

RC_GTEST_PROP(DurationProperty, reads_back_what_was_written, ()) {
    const std::int64_t scale = *rc::gen::element<std::int64_t>(1, 1'000, 1'000'000, 60'000'000, 3'600'000'000);
    const Duration duration(*rc::gen::inRange<std::int64_t>(0, 80'000) * scale);
    RC_ASSERT(parse_duration(to_text(duration)).value() == duration);
}

} // namespace
} // namespace mailpreflight::base
