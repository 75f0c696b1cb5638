#include "json/value.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::json {
namespace {

std::string rewritten(std::string_view text, Limits limits = {}) {
    const auto value = parse(text, limits);
    return value ? write(*value) : "refused: " + value.error().message();
}

TEST(Json, reads_and_writes_every_kind_of_value_compactly_in_the_order_given) {
    EXPECT_EQ(rewritten(R"( { "z" : [ true , false , null , { } , [ ] ] , "a" : -1 , "m" : 2.5e1, "t":"\u00fc\n" } )"),
              "{\"z\":[true,false,null,{},[]],\"a\":-1,\"m\":25,\"t\":\"\u00fc\\n\"}");
}

struct Refused {
    std::string_view name;
    std::string_view text;
    std::string_view message;
};

void PrintTo(const Refused& row, std::ostream* out) {
    *out << row.name;
}

class JsonRefuses : public testing::TestWithParam<Refused> {};

TEST_P(JsonRefuses, with_a_reason_and_a_place) {
    EXPECT_EQ(rewritten(GetParam().text), "refused: " + std::string(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Texts,
    JsonRefuses,
    testing::Values(
        Refused{"nothing", "", "expected a JSON value: byte 0"},
        Refused{"a_duplicate_name", R"({"a":1,"b":2,"a":3})", "an object names a member twice: byte 19"},
        Refused{"a_duplicate_by_escape", R"({"a":1,"\u0061":3})", "an object names a member twice: byte 18"},
        Refused{"a_duplicate_further_in", R"([{"x":{"a":1,"a":1}}])", "an object names a member twice: byte 19"},
        Refused{"text_after_it", "{} x", "text after the end of the JSON value: byte 3"},
        Refused{"a_second_value", "1 2", "text after the end of the JSON value: byte 2"},
        Refused{"a_leading_zero", "01", "text after the end of the JSON value: byte 1"},
        Refused{"a_lone_minus", "-", "expected a JSON value: byte 0"},
        Refused{"a_point_without_digits", "1.", "expected a digit: byte 2"},
        Refused{"an_exponent_without_digits", "1e+", "expected a digit: byte 3"},
        Refused{"a_whole_number_too_large", "18446744073709551616", "a number is out of range: byte 20"},
        Refused{"a_whole_number_too_small", "-9223372036854775809", "a number is out of range: byte 20"},
        Refused{"a_double_too_large", "1e999", "a number is out of range: byte 5"},
        Refused{"not_a_number", "NaN", "expected a JSON value: byte 0"},
        Refused{"a_half_word", "tru", "expected a JSON value: byte 0"},
        Refused{"a_comma_at_the_end", "[1,]", "expected a JSON value: byte 3"},
        Refused{"a_comma_after_members", R"({"a":1,})", "expected the name of a member: byte 7"},
        Refused{"an_open_array", "[1", "expected ',' or ']': byte 2"},
        Refused{"an_open_object", R"({"a":1)", "expected ',' or '}': byte 6"},
        Refused{"an_open_string", R"("a)", "a string has no end: byte 2"},
        Refused{"an_open_escape", "\"\\", "an escape in a string is wrong: byte 3"},
        Refused{"an_open_unicode_escape", "\"\\u00", "an escape in a string is wrong: byte 3"},
        Refused{"an_unknown_escape", R"("\x41")", "an escape in a string is wrong: byte 3"},
        Refused{"a_raw_newline_in_a_string", "\"a\nb\"", "a control character stands in a string: byte 2"},
        Refused{"a_comment", "/* */ 1", "expected a JSON value: byte 0"},
        Refused{"single_quotes", "'a'", "expected a JSON value: byte 0"}),
    [](const testing::TestParamInfo<Refused>& row) { return std::string(row.param.name); });

TEST(Json, refuses_what_is_nested_deeper_than_the_limit) {
    const std::string deepest = std::string(32, '[') + std::string(32, ']');

    EXPECT_EQ(rewritten(deepest), deepest);
    EXPECT_EQ(rewritten('[' + deepest + ']'), "refused: JSON is nested too deeply: byte 32");
    EXPECT_EQ(parse(std::string(1'000'000, '[')).error().code(), base::ErrorCode::limit_exceeded);
    EXPECT_EQ(rewritten("[[1],[2],[[3]]]", {.depth = 2}), "refused: JSON is nested too deeply: byte 10");
}

TEST(Json, refuses_what_is_larger_than_the_limit_without_reading_it) {
    EXPECT_EQ(rewritten("[1]", {.bytes = 3}), "[1]");
    EXPECT_EQ(rewritten("[1] ", {.bytes = 3}), "refused: JSON is larger than 3 bytes");
}

TEST(Json, keeps_whole_numbers_exact_up_to_64_bits) {
    EXPECT_EQ(rewritten("[9223372036854775807,-9223372036854775808,18446744073709551615,0,-0]"),
              "[9223372036854775807,-9223372036854775808,18446744073709551615,0,0]");
}

TEST(Json, makes_strings_valid_utf8_when_it_reads_and_when_it_writes) {
    EXPECT_EQ(rewritten("[\"a\xFF\xC3(\"]"), "[\"a\uFFFD\uFFFD(\"]");
    EXPECT_EQ(rewritten(R"(["\ud83d\udcec","\ud83d","\udcec","\ud83dx","\ud83d\u0041"])"),
              "[\"\U0001F4EC\",\"\uFFFD\",\"\uFFFD\",\"\uFFFDx\",\"\uFFFDA\"]");
    EXPECT_EQ(rewritten(R"(["\u0000\u001b[31m\r"])"), R"(["  [31m "])");
    EXPECT_EQ(write(Value::string("\xC3\x28\x1B")), "\"\uFFFD( \"");
}

TEST(Json, writes_null_for_a_number_that_json_cannot_say) {
    EXPECT_EQ(write(Value::number(std::numeric_limits<double>::infinity())), "null");
}

RC_GTEST_PROP(Json, never_throws_on_any_bytes_and_what_it_takes_it_reads_again_the_same, ()) {
    const auto pieces =
        *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("{",
                                                                                    "}",
                                                                                    "[",
                                                                                    "]",
                                                                                    ",",
                                                                                    ":",
                                                                                    "\"",
                                                                                    "\"a\"",
                                                                                    "\"b\"",
                                                                                    "\\",
                                                                                    "\\u00",
                                                                                    "\\ud83d",
                                                                                    "1",
                                                                                    "-",
                                                                                    ".5",
                                                                                    "e9",
                                                                                    "true",
                                                                                    "null",
                                                                                    " ",
                                                                                    "\n",
                                                                                    "\xFF",
                                                                                    std::string(1, '\0')));
    std::string text;
    for (const std::string& piece : pieces) {
        text += piece;
    }
    const auto value = parse(text);
    if (value) {
        const std::string once = write(*value);
        const auto again = parse(once);
        RC_ASSERT(again.has_value());
        RC_ASSERT(write(*again) == once);
    }
}

RC_GTEST_PROP(Json, a_string_of_any_bytes_is_written_as_its_valid_form, (const std::string& bytes)) {
    const auto again = parse(write(Value::string(bytes)));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->as_string() == base::to_valid_utf8(bytes));
}

RC_GTEST_PROP(Json, doubles_come_back_as_they_were, (double number)) {
    const auto again = parse(write(Value::number(number)));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->as_double() == number);
}

} // namespace
} // namespace mailpreflight::json
