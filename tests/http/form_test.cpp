#include "http/form.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::http {
namespace {

TEST(FormEncoded, every_byte_but_the_unreserved_is_escaped) {
    EXPECT_EQ(form_encoded("AZaz09-_.~"), "AZaz09-_.~");
    EXPECT_EQ(form_encoded("a b&c=d%e+f#g;h/i?\n"), "a%20b%26c%3Dd%25e%2Bf%23g%3Bh%2Fi%3F%0A");
    EXPECT_EQ(form_encoded("\xe2\x82\xac"), "%E2%82%AC");
}

TEST(FormBody, joins_its_fields_and_takes_secrets) {
    FormBody body;
    body.add("destination", "https://mail.contoso.example/owa/").add("username", "CONTOSO\\migadmin");
    body.add("password", base::Secret("p&ss w\xc3\xb6rd+%")).add("empty", "");
    EXPECT_EQ(body.text(),
              "destination=https%3A%2F%2Fmail.contoso.example%2Fowa%2F&username=CONTOSO%5Cmigadmin&"
              "password=p%26ss%20w%C3%B6rd%2B%25&empty=");
    const FormBody moved = std::move(body);
    EXPECT_TRUE(moved.text().starts_with("destination="));
}

TEST(FormBody, is_not_copied) {
    static_assert(!std::is_copy_constructible_v<FormBody> && !std::is_copy_assignable_v<FormBody>);
}

} // namespace
} // namespace mailpreflight::http
