#include "http/jwt.hpp"

#include "http/bearer_refusal.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::http {
namespace {

std::string token_of(const std::string& payload) {
    return to_base64url("{}") + "." + to_base64url(payload) + "." + to_base64url("signature");
}

TEST(Base64Url, follows_rfc_7515) {
    EXPECT_EQ(to_base64url(std::string("\x14\xfb\x9c\x03\xd9\x7e", 6)), "FPucA9l-");
    EXPECT_EQ(to_base64url("a"), "YQ");
    EXPECT_EQ(from_base64url("YQ"), "a");
    for (const char* const wrong : {"YQ==", "Y", "a+b/", "a b", "é"}) {
        EXPECT_FALSE(from_base64url(wrong)) << wrong;
    }
}

RC_GTEST_PROP(Base64UrlProperty, comes_back, (const std::string& bytes)) {
    RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes);
}

TEST(Claims, are_read_without_being_verified) {
    const auto claims = read_claims(token_of(
        R"({"aud":"https://outlook.office365.com","exp":1796000000,"appid":"a","tid":"t","roles":["full_access_as_app"]})"));
    ASSERT_TRUE(claims);
    TokenClaims wanted;
    wanted.expires = base::SystemTime(std::chrono::seconds(1796000000));
    wanted.audience = "https://outlook.office365.com";
    wanted.application = "a";
    wanted.tenant = "t";
    wanted.roles = {"full_access_as_app"};
    EXPECT_EQ(*claims, wanted);
}

TEST(Claims, of_other_types_are_absent) {
    const auto claims = read_claims(token_of(R"({"aud":["first","second"],"exp":"soon","roles":[1,"r"],"tid":7})"));
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->audience, "first");
    EXPECT_EQ(claims->expires, std::nullopt);
    EXPECT_EQ(claims->roles, std::vector<std::string>{"r"});
    EXPECT_EQ(claims->tenant, "");
    for (const char* const odd : {"-1", "0", "1e300", "99999999999999"}) {
        EXPECT_EQ(read_claims(token_of(std::string(R"({"exp":)") + odd + "}"))->expires, std::nullopt) << odd;
    }
}

TEST(Claims, of_what_is_no_token_are_refused_without_showing_it) {
    for (const std::string& text : {std::string("PLANTED"),
                                    std::string("a.PLANTED"),
                                    std::string("a.b.c.d"),
                                    std::string("a.!!!.c"),
                                    token_of("PLANTED"),
                                    token_of("[]"),
                                    std::string(20'000, 'a') + ".b.c"}) {
        const auto claims = read_claims(text);
        ASSERT_FALSE(claims);
        EXPECT_EQ(claims.error().message().find("PLANTED"), std::string::npos);
    }
}

RC_GTEST_PROP(ClaimsProperty, anything_is_read, (const std::string& text)) {
    static_cast<void>(read_claims(text));
    const auto claims = read_claims(token_of(text));
    RC_ASSERT(!claims || claims->audience.size() <= 200U);
}

TEST(TokenText, goes_into_a_field_as_it_is) {
    EXPECT_TRUE(is_token_text("eyJ0.eyJh-_~+/.c="));
    for (const std::string& wrong :
         {std::string(), std::string("a b"), std::string("a\r\nb"), std::string("é"), std::string(20'000, 'a')}) {
        EXPECT_FALSE(is_token_text(wrong));
    }
}

TEST(BearerRefusal, says_what_the_server_says_and_what_the_token_says) {
    Headers headers;
    headers.add(
        "x-ms-diagnostics",
        R"(2000008;reason="The token contains no permissions, or permissions can not be understood.";error_category="invalid_grant")");
    TokenClaims claims;
    claims.audience = "https://outlook.office365.com";
    claims.roles = {"Mail.Read"};
    EXPECT_EQ(
        bearer_refusal(headers, claims, "outlook.office365.com"),
        "2000008 invalid_grant: The token contains no permissions, or permissions can not be understood.; the token "
        "lacks the role full_access_as_app; it has Mail.Read");
    claims.audience = "https://graph.microsoft.com";
    EXPECT_NE(
        bearer_refusal(headers, claims, "outlook.office365.com").find("the token is for https://graph.microsoft.com"),
        std::string::npos);
    EXPECT_EQ(bearer_refusal({}, std::nullopt, "h"), "the server does not say why");
    Headers challenge;
    challenge.add("WWW-Authenticate", "Negotiate");
    challenge.add("WWW-Authenticate", R"(Bearer client_id="x", error="invalid_token")");
    EXPECT_EQ(bearer_refusal(challenge, std::nullopt, "h"), "invalid_token");
}

RC_GTEST_PROP(BearerRefusalProperty, is_one_line, (const std::string& field)) {
    Headers headers;
    headers.add("x-ms-diagnostics", field);
    headers.add("WWW-Authenticate", "Bearer " + field);
    const std::string told = bearer_refusal(headers, TokenClaims{}, "mail.contoso.example");
    RC_ASSERT(told.find_first_of("\r\n\t") == std::string::npos);
    RC_ASSERT(told.size() < 800U);
}

} // namespace
} // namespace mailpreflight::http
