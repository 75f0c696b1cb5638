#include "checks/address_sight.hpp"

#include "checks/source_clock.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Stage;
using namespace std::chrono_literals;

const base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

AddressSight sight(const std::string& ip, std::map<std::string, std::string> traits = {{"answer", "HTTP 401"}}) {
    return {.address = {ip}, .at = noon, .traits = std::move(traits)};
}

AddressSight failing(const std::string& ip, Stage stage, Cause cause, const std::string& detail) {
    AddressSight one = sight(ip, {});
    one.failure = core::Failure{stage, cause, detail, {}};
    return one;
}

std::vector<Cause> causes(const std::vector<core::Observation>& looks) {
    std::vector<Cause> list;
    for (const core::Observation& look : looks) {
        list.push_back(look.cause);
    }
    return list;
}

TEST(AddressSight, addresses_that_answer_alike_are_fine_each_by_itself) {
    const auto looks = judge_addresses("contoso", {sight("192.0.2.1"), sight("2001:db8::1")}, {}, noon);
    EXPECT_EQ(causes(looks), (std::vector{Cause::ok, Cause::ok, Cause::ok}));
    EXPECT_EQ(looks[0].key.subject, core::Subject::of_address("contoso", "192.0.2.1:443"));
    EXPECT_EQ(looks[1].key.subject, core::Subject::of_address("contoso", "[2001:db8::1]:443"));
    EXPECT_EQ(looks[2].key.subject, core::Subject::of_source("contoso"));
    EXPECT_EQ(looks[2].detail, "2 addresses, which answer alike");
}

TEST(AddressSight, of_three_the_odd_one_differs_and_of_two_both_do) {
    const std::map<std::string, std::string> old{{"build", "15.2.1544.4"}, {"answer", "HTTP 401"}};
    const std::map<std::string, std::string> fresh{{"build", "15.2.1748.10"}, {"answer", "HTTP 401"}};
    const auto three = judge_addresses(
        "contoso", {sight("192.0.2.1", old), sight("192.0.2.2", fresh), sight("192.0.2.3", fresh)}, {}, noon);
    EXPECT_EQ(causes(three), (std::vector{Cause::addresses_differ, Cause::ok, Cause::ok, Cause::addresses_differ}));
    EXPECT_EQ(three[0].detail, "build 15.2.1544.4 here, 15.2.1748.10 at 192.0.2.2:443");
    const auto two = judge_addresses("contoso", {sight("192.0.2.1", old), sight("192.0.2.2", fresh)}, {}, noon);
    EXPECT_EQ(causes(two), (std::vector{Cause::addresses_differ, Cause::addresses_differ, Cause::addresses_differ}));
}

TEST(AddressSight, each_trait_that_differs_is_told_and_what_was_not_seen_is_no_difference) {
    const std::string digest(64, 'a');
    const auto looks = judge_addresses("contoso",
                                       {sight("192.0.2.1", {{"certificate", digest}, {"offers", "negotiate ntlm"}}),
                                        sight("192.0.2.2", {{"certificate", std::string(64, 'b')}, {"offers", ""}}),
                                        sight("192.0.2.3", {{"certificate", digest}, {"build", "15.2.1"}})},
                                       {},
                                       noon);
    EXPECT_EQ(looks[1].detail,
              "certificate bbbbbbbbbbbbbbbb... here, aaaaaaaaaaaaaaaa... at 192.0.2.1:443; offers none here, negotiate "
              "ntlm at 192.0.2.1:443");
    EXPECT_EQ(looks[2].cause, Cause::ok);
}

TEST(AddressSight, one_that_does_not_answer_is_unreachable_and_one_with_a_bad_certificate_differs) {
    const auto looks =
        judge_addresses("contoso",
                        {sight("192.0.2.1"),
                         failing("192.0.2.2", Stage::connect, Cause::tcp_refused, "192.0.2.2:443 refused"),
                         failing("192.0.2.3", Stage::exchange, Cause::no_answer, "no answer before the deadline"),
                         failing("192.0.2.4", Stage::tls, Cause::certificate_expired, "it expired")},
                        {},
                        noon);
    EXPECT_EQ(causes(looks),
              (std::vector{Cause::ok,
                           Cause::address_unreachable,
                           Cause::address_unreachable,
                           Cause::addresses_differ,
                           Cause::addresses_differ}));
    EXPECT_EQ(looks[3].detail, "it expired");
    EXPECT_EQ(looks[4].detail, "not like the others: 192.0.2.4:443; no answer from 192.0.2.2:443, 192.0.2.3:443");
}

TEST(AddressSight, where_none_answers_none_is_told) {
    EXPECT_TRUE(judge_addresses("contoso",
                                {failing("192.0.2.1", Stage::connect, Cause::tcp_refused, ""),
                                 failing("192.0.2.2", Stage::tls, Cause::certificate_expired, "")},
                                {},
                                noon)
                    .empty());
}

TEST(AddressSight, ipv6_on_a_host_without_it_is_said_and_left_alone) {
    const auto looks = judge_addresses("contoso", {sight("192.0.2.1")}, {{"2001:db8::7"}}, noon);
    EXPECT_EQ(causes(looks), (std::vector{Cause::ok, Cause::ok}));
    EXPECT_EQ(looks[1].detail,
              "one address, which answers; not looked at, as this host has no way to IPv6: 2001:db8::7");
}

TEST(AddressSight, one_that_refuses_the_login_that_others_accept_differs) {
    AddressSight refusing = sight("192.0.2.2");
    refusing.refuses_login = true;
    const auto looks = judge_addresses("contoso", {sight("192.0.2.1"), refusing}, {}, noon);
    EXPECT_EQ(causes(looks), (std::vector{Cause::ok, Cause::addresses_differ, Cause::addresses_differ}));
}

http::Response dated(const std::string& date, base::Duration took = 0s) {
    http::Response response;
    response.headers.add("Date", date);
    response.took = took;
    return response;
}

TEST(SourceClock, gives_the_way_and_the_whole_seconds_to_the_clock) {
    EXPECT_EQ(clock_ahead(dated("Tue, 01 Dec 2026 12:00:00 GMT"), noon), base::Duration(0));
    EXPECT_EQ(clock_ahead(dated("Tue, 01 Dec 2026 12:01:30 GMT"), noon), base::Duration(90s));
    EXPECT_EQ(clock_ahead(dated("Tue, 01 Dec 2026 11:58:30 GMT"), noon), base::Duration(-89s));
    // Ten seconds there and back: it may have been stamped at any time between.
    EXPECT_EQ(clock_ahead(dated("Tue, 01 Dec 2026 12:00:04 GMT", 10s), noon), base::Duration(4s));
    EXPECT_EQ(clock_ahead(dated("Tue, 01 Dec 2026 11:59:51 GMT", 10s), noon), base::Duration(0));
}

TEST(SourceClock, says_nothing_of_answers_without_a_date_or_out_of_a_cache) {
    EXPECT_FALSE(clock_ahead({}, noon));
    EXPECT_FALSE(clock_ahead(dated("yesterday"), noon));
    http::Response cached = dated("Tue, 01 Dec 2026 11:00:00 GMT");
    cached.headers.add("Age", "3600");
    EXPECT_FALSE(clock_ahead(cached, noon));
}

TEST(SourceClock, warns_from_a_minute_on_with_seconds_and_direction) {
    EXPECT_EQ(source_clock("contoso", 59'999'999us, noon).cause, Cause::ok);
    const core::Observation behind = source_clock("contoso", -60s, noon);
    EXPECT_EQ(behind.cause, Cause::clock_skewed);
    EXPECT_EQ(behind.state, core::State::warn);
    EXPECT_EQ(behind.detail, "the source is 60 s behind this host; Kerberos and tokens are refused from 300 s on");
    EXPECT_EQ(behind.facts.at("skew_seconds"), "-60");
    EXPECT_EQ(source_clock("contoso", 61s, noon).detail,
              "the source is 61 s ahead of this host; Kerberos and tokens are refused from 300 s on");
}

} // namespace
} // namespace mailpreflight::checks
