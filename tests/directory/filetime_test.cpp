#include "directory/filetime.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>

namespace mailpreflight::directory {
namespace {

using Kind = FileTime::Kind;

TEST(FileTime, counts_from_1601_in_tenths_of_a_microsecond) {
    EXPECT_EQ(read_filetime("116444736000000000")->at, base::SystemTime());
    EXPECT_EQ(read_filetime("132539328000000000")->at, *base::parse_rfc3339("2021-01-01T00:00:00Z"));
    EXPECT_EQ(read_filetime("132539328000000019")->at, *base::parse_rfc3339("2021-01-01T00:00:00.000001Z"));
    EXPECT_EQ(read_filetime("1")->at, *base::parse_rfc3339("1601-01-01T00:00:00Z"));
}

TEST(FileTime, knows_two_numbers_that_are_no_times) {
    EXPECT_EQ(read_filetime("0")->kind, Kind::zero);
    EXPECT_EQ(read_filetime("9223372036854775807")->kind, Kind::never);
    EXPECT_EQ(read_filetime("9223372036854775806")->kind, Kind::never) << "no clock shows the year 30828";
    EXPECT_EQ(read_filetime("2650467743990000000")->kind, Kind::never) << "9999-12-31 23:59:59";
}

TEST(FileTime, is_nothing_for_what_is_no_number) {
    for (const char* const text : {"", "-1", "12a", " 1", "9223372036854775808", "1.5"}) {
        EXPECT_FALSE(read_filetime(text)) << text;
    }
}

RC_GTEST_PROP(FileTimeProperty, gives_back_what_was_written, ()) {
    const auto seconds = *rc::gen::inRange<std::int64_t>(-11'644'473'599, 253'402'000'000);
    const std::int64_t ticks = (seconds + 11'644'473'600) * 10'000'000;
    const auto read = read_filetime(std::to_string(ticks));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->kind == Kind::moment);
    RC_ASSERT(read->at == base::SystemTime(std::chrono::seconds(seconds)));
}

} // namespace
} // namespace mailpreflight::directory
