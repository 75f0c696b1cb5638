#include "base/prose.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::base {
namespace {

using namespace std::chrono_literals;

TEST(SafeText, holds_nothing_that_a_terminal_obeys) {
    EXPECT_EQ(safe("o'brien@contoso.example"), "o'brien@contoso.example");
    EXPECT_EQ(safe("a\x1b[31mred\x07@x.example").find('\x1b'), std::string::npos);
    EXPECT_EQ(safe("two\nlines\tand a tab"), "two lines and a tab");
    EXPECT_EQ(safe("c1 \u009b31m"), "c1  31m");
    EXPECT_EQ(safe("turned \u202Eexe.txt\u2066"), "turned exe.txt");
    EXPECT_EQ(safe("m\xC3\xBCller \xFF"), "m\xC3\xBCller \xEF\xBF\xBD");
}

TEST(Width, counts_characters) {
    EXPECT_EQ(width_of("m\xC3\xBCller"), 6U);
    EXPECT_EQ(padded("m\xC3\xBC", 4), "m\xC3\xBC  ");
    EXPECT_EQ(cut("m\xC3\xBCller@contoso.example", 9), "m\xC3\xBCller...");
    EXPECT_EQ(cut("short", 9), "short");
    EXPECT_EQ(cut("abcdef", 2), "ab");
}

TEST(Wrapped, breaks_at_blanks_and_keeps_long_words) {
    EXPECT_EQ(wrapped("the quick brown fox jumps over the dog", 24, 2),
              "  the quick brown fox\n  jumps over the dog\n");
    EXPECT_EQ(wrapped("x https://mail.contoso.example/ews/exchange.asmx y", 30, 0),
              "x\nhttps://mail.contoso.example/ews/exchange.asmx\ny\n");
    EXPECT_EQ(wrapped("", 30, 0), "");
}

TEST(Times, are_said_roughly) {
    const auto noon = parse_rfc3339("2026-12-05T12:00:00Z").value();
    EXPECT_EQ(about(40s), "40 s");
    EXPECT_EQ(about(90min), "90 min");
    EXPECT_EQ(about(5h), "5 h");
    EXPECT_EQ(about(73h), "3 d");
    EXPECT_EQ(relative(noon - 5h, noon), "5 h ago");
    EXPECT_EQ(relative(noon + 5min, noon), "in 5 min");
    EXPECT_EQ(relative(noon, noon), "now");
    EXPECT_EQ(short_time(noon), "2026-12-05 12:00 UTC");
}

} // namespace
} // namespace mailpreflight::base
