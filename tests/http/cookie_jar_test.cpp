#include "http/cookie_jar.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mailpreflight::http {
namespace {

using namespace std::chrono_literals;

const Url origin{"https", "mail.contoso.example", 443, "/owa/auth.owa"};
const base::SystemTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};

Headers cookies(std::initializer_list<const char*> fields) {
    Headers headers;
    for (const char* field : fields) {
        headers.add("Set-Cookie", field);
    }
    return headers;
}

TEST(ParseSetCookie, reads_the_fields_of_exchange) {
    EXPECT_EQ(parse_set_cookie("cadata=\"x/y==\"; path=/; secure; HttpOnly"),
              (SetCookie{.name = "cadata", .value = "\"x/y==\"", .path = "/", .secure = true}));
    EXPECT_EQ(parse_set_cookie("X-BackEndCookie=S-1=u56; expires=Tue, 22-Dec-2026 10:20:30 GMT; path=/owa"),
              (SetCookie{.name = "X-BackEndCookie",
                         .value = "S-1=u56",
                         .path = "/owa",
                         .expires = now + 30 * 24h + 10h + 20min + 30s}));
    EXPECT_EQ(parse_set_cookie("a=; Max-Age=-5; Domain=.Contoso.Example; path=relative; ; =; Unknown"),
              (SetCookie{.name = "a", .domain = "contoso.example", .max_age_seconds = 0}));
}

TEST(ParseSetCookie, passes_over_what_is_none) {
    for (const char* field : {"", "novalue", "=x", " ; path=/", "a=b\r\nc", "a=b\x01"}) {
        EXPECT_FALSE(parse_set_cookie(field)) << field;
    }
    EXPECT_EQ(parse_set_cookie("a=b; max-age=99999999999999999999")->max_age_seconds, 10LL * 366 * 24 * 3600);
    EXPECT_EQ(parse_set_cookie("a=b; max-age=1x")->max_age_seconds, std::nullopt);
}

TEST(ParseCookieDate, reads_the_usual_forms) {
    const base::SystemTime expected{std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s};
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT",
                             "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994",
                             "6 november 1994 8:49:37"}) {
        EXPECT_EQ(parse_cookie_date(text), expected) << text;
    }
    for (const char* text : {"",
                             "0",
                             "Sun, 06 Nov 1994",
                             "31 Feb 2026 00:00:00",
                             "06 Nov 1994 25:00:00",
                             "06 Nov 1500 08:49:37",
                             "06 Xxx 1994 08:49:37"}) {
        EXPECT_FALSE(parse_cookie_date(text)) << text;
    }
}

TEST(CookieJar, sends_what_fits_the_path_longest_path_first) {
    CookieJar jar(origin);
    jar.take(cookies({"root=1; path=/", "owa=2; path=/owa", "other=3; path=/ecp", "near=4"}), "/owa/auth.owa", now);
    EXPECT_EQ(jar.field_for("/owa/x?y=/ecp", now), "owa=2; near=4; root=1");
    EXPECT_EQ(jar.field_for("/owa", now), "owa=2; near=4; root=1");
    EXPECT_EQ(jar.field_for("/owaish", now), "root=1");
    EXPECT_EQ(jar.value("owa"), "2");
    EXPECT_TRUE(jar.has("other"));
    EXPECT_FALSE(jar.has("OWA"));
}

TEST(CookieJar, replaces_and_removes) {
    CookieJar jar(origin);
    jar.take(cookies({"a=1; path=/", "b=1; path=/", "c=1; path=/; max-age=60"}), "/", now);
    jar.take(cookies({"a=2; path=/", "b=; path=/; expires=Thu, 01-Jan-1970 00:00:01 GMT"}), "/", now);
    EXPECT_EQ(jar.field_for("/", now), "c=1; a=2");
    EXPECT_EQ(jar.field_for("/", now + 61s), "a=2");
    jar.clear();
    EXPECT_EQ(jar.size(), 0U);
    EXPECT_EQ(jar.field_for("/", now), "");
}

TEST(CookieJar, takes_nothing_for_another_domain_and_keeps_secure_ones_off_http) {
    CookieJar jar(origin);
    jar.take(cookies({"a=1; domain=contoso.example",
                      "b=1; domain=evil.example",
                      "c=1; domain=example",
                      "d=1; domain=ail.contoso.example"}),
             "/",
             now);
    EXPECT_EQ(jar.field_for("/", now), "a=1");
    CookieJar plain(Url{"http", "mail.contoso.example", 80, "/"});
    plain.take(cookies({"s=1; secure", "p=1"}), "/", now);
    EXPECT_EQ(plain.field_for("/", now), "p=1");
}

TEST(CookieJar, is_bounded) {
    CookieJar jar(origin);
    Headers many;
    for (int i = 0; i < 200; ++i) {
        many.add("Set-Cookie", "n" + std::to_string(i) + "=v");
    }
    jar.take(many, "/", now);
    EXPECT_EQ(jar.size(), CookieJar::most_cookies);
    CookieJar large(origin);
    Headers big;
    big.add("Set-Cookie", "huge=" + std::string(CookieJar::longest_value + 1, 'x'));
    for (int i = 0; i < 20; ++i) {
        big.add("Set-Cookie", "n" + std::to_string(i) + "=" + std::string(CookieJar::longest_value, 'x'));
    }
    large.take(big, "/", now);
    EXPECT_FALSE(large.has("huge"));
    EXPECT_EQ(large.size(), 7U);
    EXPECT_LE(large.field_for("/", now).size(), CookieJar::most_bytes + 200);
}

TEST(ParseSetCookie, any_bytes_are_read_to_their_end) {
    std::mt19937 random(7);
    const std::string_view pieces = "a=; ,:-expires=path=/max-age=1domain=.0Jan";
    for (int i = 0; i < 20'000; ++i) {
        std::string text = "a=b;";
        for (auto size = random() % 60; size > 0; --size) {
            text += random() % 10 == 0 ? static_cast<char>(random()) : pieces[random() % pieces.size()];
        }
        parse_set_cookie(text);
        parse_cookie_date(text);
    }
}

} // namespace
} // namespace mailpreflight::http
