#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::base {
namespace {

TEST(Text, compares_ascii_without_case_and_leaves_other_bytes) {
    EXPECT_EQ(to_lower("Ab\xC3\x84Z@[`{"), "ab\xC3\x84z@[`{");
    EXPECT_TRUE(equals_ignoring_case("X-FEServer", "x-feserver"));
    EXPECT_FALSE(equals_ignoring_case("a", "ab"));
    EXPECT_TRUE(starts_with_ignoring_case("Basic realm", "basic"));
    EXPECT_FALSE(starts_with_ignoring_case("Ba", "basic"));
}

TEST(Text, is_trimmed_of_blanks_at_both_ends_only) {
    EXPECT_EQ(trim(" \t\r\na b\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
}

TEST(Split, keeps_empty_parts) {
    EXPECT_EQ(split(",a,,", ','), (std::vector<std::string>{"", "a", "", ""}));
    EXPECT_EQ(split("", ','), std::vector<std::string>{""});
}

TEST(Join, keeps_empty_parts) {
    EXPECT_EQ(join({"", "a", "", ""}, ", "), ", a, , ");
    EXPECT_EQ(join({}, ", "), "");
}

RC_GTEST_PROP(SplitProperty, is_undone_by_join, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::element(',', 'a', 'b'));
    RC_ASSERT(join(split(text, ','), ",") == text);
}

struct Cleaned {
    std::string dirty;
    std::string clean;
};

TEST(ToValidUtf8, replaces_each_invalid_byte_and_blanks_out_controls) {
    const std::string bad = "\xEF\xBF\xBD";
    for (const auto& [dirty, clean] : {Cleaned{"a\tb\nc", "a\tb\nc"},
                                       Cleaned{"a\x1B[31m\r\x7F", "a [31m  "},
                                       Cleaned{std::string("a\0b", 3), "a b"},
                                       Cleaned{"\xC2\x9B"
                                               "31m",
                                               " 31m"},
                                       Cleaned{"\xC2\xA0", "\xC2\xA0"},
                                       Cleaned{"\xC3\xA4", "\xC3\xA4"},
                                       Cleaned{"\xC3", bad},
                                       Cleaned{"\xC3(", bad + "("},
                                       Cleaned{"\xC0\xAF", bad + bad},
                                       Cleaned{"\xE0\x80\x80", bad + bad + bad},
                                       Cleaned{"\xED\xA0\x80", bad + bad + bad},
                                       Cleaned{"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
                                       Cleaned{"\xF4\x90\x80\x80", bad + bad + bad + bad},
                                       Cleaned{"\xF5", bad},
                                       Cleaned{"\xE2\x82", bad + bad}}) {
        EXPECT_EQ(to_valid_utf8(dirty), clean);
    }
}

RC_GTEST_PROP(ToValidUtf8Property, gives_valid_text_whatever_it_gets_and_changes_it_only_once, ()) {
    const auto dirty = *rc::gen::container<std::string>(rc::gen::oneOf(
        rc::gen::arbitrary<char>(), rc::gen::element('\xC2', '\xE2', '\xED', '\xF0', '\x80', '\x9F', '\xBF')));
    const std::string clean = to_valid_utf8(dirty);
    RC_ASSERT(is_valid_utf8(clean));
    RC_ASSERT(to_valid_utf8(clean) == clean);
}

TEST(Shorten, cuts_at_a_character_and_says_so) {
    EXPECT_EQ(shorten("abcdef", 6), "abcdef");
    EXPECT_EQ(shorten("abcdefg", 6), "abc...");
    EXPECT_EQ(shorten("ab\xC3\xA4"
                      "defg",
                      6),
              "ab...");
    EXPECT_EQ(shorten("abcdefg", 2), "..");
    EXPECT_EQ(shorten("abcdefg", 0), "");
}

RC_GTEST_PROP(ShortenProperty, never_exceeds_its_limit_and_stays_valid, ()) {
    const std::string text = to_valid_utf8(*rc::gen::arbitrary<std::string>() + "\xF0\x9F\x98\x80\xC3\xA4\xE2\x82\xAC");
    const auto limit = *rc::gen::inRange<std::size_t>(0, text.size() + 3);
    const std::string cut = shorten(text, limit);
    RC_ASSERT(cut.size() <= limit);
    RC_ASSERT(is_valid_utf8(cut));
}

TEST(Nearest, finds_a_slip_of_the_finger_and_nothing_farther) {
    const std::vector<std::string> words{"mailboxes", "window", "prove", "source"};
    EXPECT_EQ(nearest("mailboxs", words), "mailboxes");
    EXPECT_EQ(nearest("widnow", words), "window");
    EXPECT_EQ(nearest("soruce", words), "source");
    EXPECT_EQ(nearest("prove", words), "prove");
    EXPECT_EQ(nearest("destination", words), "");
    EXPECT_EQ(nearest("x", {}), "");
}

} // namespace
} // namespace mailpreflight::base
