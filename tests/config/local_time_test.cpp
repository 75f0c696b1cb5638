#include "config/local_time.hpp"

#include "config/quiet_time.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::config {

namespace {

std::string utc(std::string_view text, const std::string& zone) {
    const auto moment = parse_moment(text, zone);
    return moment ? base::to_rfc3339(*moment) : "refused";
}

base::SystemTime at(std::string_view text) {
    return *base::parse_rfc3339(text);
}

TEST(ParseMoment, reads_local_time_in_the_zone) {
    EXPECT_EQ(utc("2026-12-05 22:00", "America/Chicago"), "2026-12-06T04:00:00.000Z");
    EXPECT_EQ(utc("2026-07-05T22:00:30", "America/Chicago"), "2026-07-06T03:00:30.000Z");
    EXPECT_EQ(utc("2026-12-05 22:00", "Asia/Kolkata"), "2026-12-05T16:30:00.000Z");
}

TEST(ParseMoment, takes_an_offset_over_the_zone) {
    EXPECT_EQ(utc("2026-12-05T22:00:00Z", "America/Chicago"), "2026-12-05T22:00:00.000Z");
    EXPECT_EQ(utc("2026-12-05 22:00+01:00", "America/Chicago"), "2026-12-05T21:00:00.000Z");
    EXPECT_EQ(utc("2026-11-01T01:30:00-05:00", "America/Chicago"), "2026-11-01T06:30:00.000Z");
}

TEST(ParseMoment, refuses_times_that_do_not_exist_or_exist_twice) {
    EXPECT_EQ(utc("2026-03-29 02:00", "Europe/Berlin"), "refused");
    EXPECT_EQ(utc("2026-03-29 03:00", "Europe/Berlin"), "2026-03-29T01:00:00.000Z");
    EXPECT_EQ(utc("2026-10-25 02:59", "Europe/Berlin"), "refused");
    EXPECT_EQ(utc("2026-10-25 03:00", "Europe/Berlin"), "2026-10-25T02:00:00.000Z");
}

TEST(ParseMoment, refuses_other_ways_to_write_a_date) {
    for (const std::string_view text : {"",
                                        "09/10/2026 22:00",
                                        "2026-13-01 00:00",
                                        "2026-02-29 10:00",
                                        "2026-12-05",
                                        "2026-12-05 24:00",
                                        "2026-12-05 22:00 PM",
                                        "2026-12-05T22:00:00-0600",
                                        "1999-12-31 22:00"}) {
        EXPECT_EQ(utc(text, "America/Chicago"), "refused") << text;
    }
}

TEST(ParseZone, understands_windows_names_and_names_the_nearest) {
    EXPECT_EQ(parse_zone("America/Chicago").value(), "America/Chicago");
    EXPECT_EQ(parse_zone("central standard time").value(), "America/Chicago");
    EXPECT_EQ(parse_zone("W. Europe Standard Time").value(), "Europe/Berlin");
    EXPECT_EQ(parse_zone("Los Angeles").error().message(),
              "\"Los Angeles\" is no time zone; did you mean \"America/Los_Angeles\"?");
    EXPECT_FALSE(parse_zone("../../../etc/passwd"));
    EXPECT_FALSE(parse_zone("/etc/localtime"));
    EXPECT_FALSE(parse_zone(""));
}

TEST(ParseZone, knows_every_zone_that_a_windows_name_stands_for) {
    for (const std::string_view name : {"Dateline Standard Time",
                                        "Greenland Standard Time",
                                        "FLE Standard Time",
                                        "Kaliningrad Standard Time",
                                        "Myanmar Standard Time",
                                        "India Standard Time",
                                        "Nepal Standard Time",
                                        "Samoa Standard Time",
                                        "UTC+12",
                                        "UTC"}) {
        const auto zone = zone_of_windows_name(name);
        ASSERT_TRUE(zone) << name;
        EXPECT_EQ(parse_zone(*zone).value(), *zone) << name;
    }
}

TEST(QuietTime, holds_on_its_days_from_start_to_before_end) {
    const QuietTime quiet = parse_quiet_time("Mon-Fri 08:00-10:00 America/Chicago").value();
    EXPECT_EQ(quiet, (QuietTime{0b0111110, 480, 600, "America/Chicago"}));
    EXPECT_TRUE(quiet.contains(at("2026-12-07T14:00:00Z"))); // Monday 08:00
    EXPECT_TRUE(quiet.contains(at("2026-07-06T13:00:00Z"))); // Monday 08:00 in summer
    EXPECT_FALSE(quiet.contains(at("2026-12-07T13:59:59Z")));
    EXPECT_FALSE(quiet.contains(at("2026-12-07T16:00:00Z"))); // 10:00
    EXPECT_FALSE(quiet.contains(at("2026-12-06T14:30:00Z"))); // Sunday
}

TEST(QuietTime, past_midnight_belongs_to_the_day_on_which_it_began) {
    const QuietTime quiet = parse_quiet_time("Fri 22:00-02:00 UTC").value();
    EXPECT_TRUE(quiet.contains(at("2026-12-04T23:00:00Z")));
    EXPECT_TRUE(quiet.contains(at("2026-12-05T01:59:00Z")));
    EXPECT_FALSE(quiet.contains(at("2026-12-05T02:00:00Z")));
    EXPECT_FALSE(quiet.contains(at("2026-12-05T23:00:00Z")));
    EXPECT_FALSE(quiet.contains(at("2026-12-04T01:00:00Z")));
}

TEST(QuietTime, takes_ranges_lists_whole_days_and_daily) {
    EXPECT_EQ(parse_quiet_time("Fri-Mon 00:00-24:00 UTC").value().days, 0b1100011U);
    EXPECT_EQ(parse_quiet_time("sat,Sun 00:00-24:00 UTC").value().days, 0b1000001U);
    EXPECT_EQ(parse_quiet_time("daily 22:00-06:00 UTC").value().days, 0b1111111U);
    EXPECT_TRUE(parse_quiet_time("Sat 00:00-24:00 UTC").value().contains(at("2026-12-05T23:59:59Z")));
}

TEST(LocalText, shows_the_wall_clock_of_the_zone) {
    const auto time = *base::parse_rfc3339("2026-12-06T04:00:59Z");
    EXPECT_EQ(local_text(time, "America/Chicago"), "2026-12-05 22:00 America/Chicago");
    EXPECT_EQ(local_text(time, "Nowhere/At_All"), "2026-12-06 04:00 UTC");
}

} // namespace

} // namespace mailpreflight::config
