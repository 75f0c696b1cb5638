#include "http/url.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mailpreflight::http {
namespace {

TEST(ParseUrl, takes_a_url_apart) {
    for (const auto& [text, url] : std::vector<std::pair<std::string, Url>>{
             {"https://mail.contoso.example/owa", {"https", "mail.contoso.example", 443, "/owa"}},
             {"HTTPS://Mail.Contoso.Example", {"https", "mail.contoso.example", 443, "/"}},
             {"https://mail.contoso.example:8443/EWS/Exchange.asmx?a=b&c=%20d#top",
              {"https", "mail.contoso.example", 8443, "/EWS/Exchange.asmx?a=b&c=%20d"}},
             {"http://192.0.2.7/", {"http", "192.0.2.7", 80, "/"}},
             {"https://[2001:DB8::7]:444/x", {"https", "2001:db8::7", 444, "/x"}},
             {"https://[2001:db8::7]/x", {"https", "2001:db8::7", 443, "/x"}},
             {"https://host:443", {"https", "host", 443, "/"}},
         }) {
        const auto parsed = parse_url(text);
        ASSERT_TRUE(parsed) << text << ": " << parsed.error().message();
        EXPECT_EQ(*parsed, url) << text;
        EXPECT_EQ(parse_url(to_text(url)).value(), url) << text;
    }
    EXPECT_EQ(to_text(parse_url("https://host:443/x").value()), "https://host/x");
}

TEST(ParseUrl, refuses_what_is_none_or_could_be_read_in_two_ways) {
    for (const char* text : {"",
                             "mail.contoso.example",
                             "/owa",
                             "//mail.contoso.example/owa",
                             "ftp://mail.contoso.example/",
                             "javascript://mail.contoso.example/",
                             "https://",
                             "https:///owa",
                             "https://user:secret@mail.contoso.example/",
                             "https://mail.contoso.example@evil.example/",
                             "https://mail.contoso.example:0/",
                             "https://mail.contoso.example:65536/",
                             "https://mail.contoso.example:443x/",
                             "https://mail.contoso.example:-1/",
                             "https://mail contoso/",
                             "https://mail.contoso.example/a b",
                             "https://mail.contoso.example/\r\nX: y",
                             "https://mail.contoso.example\\@evil.example/",
                             "https://m\xc3\xbcller.example/",
                             "https://%65vil.example/",
                             "https://[::1/",
                             "https://[zz]/"}) {
        EXPECT_FALSE(parse_url(text)) << text;
    }
    EXPECT_FALSE(parse_url("https://host/" + std::string(9000, 'x')));
}

TEST(ParseUrl, never_repeats_a_password_in_its_error) {
    const auto parsed = parse_url("https://user:secret@mail.contoso.example/");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message().find("secret"), std::string::npos);
}

TEST(ResolveLocation, follows_rfc_3986) {
    const Url base{"https", "mail.contoso.example", 8443, "/owa/auth/logon.aspx?url=1"};
    for (const auto& [location, text] : std::vector<std::pair<std::string, std::string>>{
             {"/owa/", "https://mail.contoso.example:8443/owa/"},
             {"errorfe.aspx?x=1", "https://mail.contoso.example:8443/owa/auth/errorfe.aspx?x=1"},
             {"../x", "https://mail.contoso.example:8443/owa/x"},
             {"?reason=2", "https://mail.contoso.example:8443/owa/auth/logon.aspx?reason=2"},
             {"#top", "https://mail.contoso.example:8443/owa/auth/logon.aspx?url=1"},
             {"", "https://mail.contoso.example:8443/owa/auth/logon.aspx?url=1"},
             {"//other.example/x", "https://other.example/x"},
             {"https://adfs.example/adfs/ls?x=https://a/", "https://adfs.example/adfs/ls?x=https://a/"},
             {"/owa/?url=https://evil.example/", "https://mail.contoso.example:8443/owa/?url=https://evil.example/"},
             {"http://mail.contoso.example/", "http://mail.contoso.example/"},
         }) {
        const auto resolved = resolve_location(base, location);
        ASSERT_TRUE(resolved) << location << ": " << resolved.error().message();
        EXPECT_EQ(to_text(*resolved), text) << location;
    }
    for (const char* location : {"javascript:alert(1)", "mailto:a@b.example", "/a b", "http://[", "\x01"}) {
        EXPECT_FALSE(resolve_location(base, location)) << location;
    }
}

TEST(Origin, is_scheme_host_and_port) {
    const Url url{"https", "a", 443, "/"};
    EXPECT_TRUE(same_origin(url, {"https", "a", 443, "/x"}));
    EXPECT_FALSE(same_origin(url, {"http", "a", 443, "/"}));
    EXPECT_FALSE(same_origin(url, {"https", "b", 443, "/"}));
    EXPECT_FALSE(same_origin(url, {"https", "a", 444, "/"}));
    EXPECT_TRUE(may_carry_credentials(url));
    EXPECT_FALSE(may_carry_credentials({"http", "a", 80, "/"}));
}

TEST(ParseUrl, any_bytes_are_refused_or_read_back_the_same) {
    std::mt19937 random(7);
    const std::string_view pieces = "htps:/?#[]@.%2:a0-\\";
    for (int i = 0; i < 20'000; ++i) {
        std::string text = random() % 2 == 0 ? "https://" : "";
        for (auto size = random() % 40; size > 0; --size) {
            text += random() % 20 == 0 ? static_cast<char>(random()) : pieces[random() % pieces.size()];
        }
        if (const auto url = parse_url(text)) {
            const auto again = parse_url(to_text(*url));
            ASSERT_TRUE(again) << text;
            EXPECT_EQ(*again, *url) << text;
        }
        resolve_location({"https", "a", 443, "/b/c?d"}, text);
    }
}

} // namespace
} // namespace mailpreflight::http
