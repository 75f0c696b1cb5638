#include "http/message.hpp"

#include "http/found_by.hpp"

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

TEST(FoundBy, names_who_answered_and_when_as_the_servers_logs_do) {
    Response answer;
    answer.headers.add("Date", "Sat, 28 Nov 2026 10:00:00 GMT");
    answer.headers.add("request-id", "4f2c");
    answer.headers.add("X-FEServer", "EX01");
    EXPECT_EQ(found_by(answer, "192.0.2.7:443"),
              "192.0.2.7:443, X-FEServer EX01, request-id 4f2c, Date Sat, 28 Nov 2026 10:00:00 GMT");
    EXPECT_EQ(found_by({}, ""), "");
}

TEST(FoundBy, bounds_what_a_server_may_put_into_the_ledger) {
    Response answer;
    answer.headers.add("request-id", std::string(5000, 'x'));
    EXPECT_LE(found_by(answer, "").size(), 300U);
}

} // namespace
} // namespace mailpreflight::http
