#include "http/message.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::http {
namespace {

TEST(Headers, keep_the_order_of_the_wire_and_compare_names_without_case) {
    Headers headers;
    headers.add("Set-Cookie", "a=1");
    headers.add("Server", "x");
    headers.add("set-cookie", "b=2");
    EXPECT_EQ(headers.first("SET-COOKIE"), "a=1");
    EXPECT_EQ(headers.all("Set-Cookie"), (std::vector<std::string_view>{"a=1", "b=2"}));
    EXPECT_TRUE(headers.has("server"));
    EXPECT_FALSE(headers.has("date"));
    EXPECT_EQ(headers.first("date"), "");
}

TEST(Headers, set_replaces_and_wipe_removes_all_fields_of_a_name) {
    Headers headers;
    headers.add("A", "1");
    headers.add("a", "2");
    headers.add("B", "3");
    headers.set("A", "4");
    EXPECT_EQ(headers.fields(), (std::vector<Headers::Field>{{"B", "3"}, {"A", "4"}}));
    headers.wipe("a");
    EXPECT_EQ(headers.fields(), (std::vector<Headers::Field>{{"B", "3"}}));
}

} // namespace
} // namespace mailpreflight::http
