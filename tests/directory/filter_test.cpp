#include "directory/filter.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::directory {
namespace {

constexpr const char* base = "OU=Admins, DC=Contoso,dc=example";

TEST(Filter, finds_a_user_by_the_form_of_its_name) {
    EXPECT_EQ(filter_for("CONTOSO\\migadmin", base), "(&(objectClass=user)(sAMAccountName=migadmin))");
    EXPECT_EQ(filter_for("migadmin", base), "(&(objectClass=user)(sAMAccountName=migadmin))");
    EXPECT_EQ(filter_for("anna@fabrikam.example", base),
              "(&(objectClass=user)(userPrincipalName=anna@fabrikam.example))");
}

TEST(Filter, knows_the_name_that_a_domain_gives_to_accounts_without_one) {
    EXPECT_EQ(filter_for("anna@contoso.example", base),
              "(&(objectClass=user)(|(userPrincipalName=anna@contoso.example)"
              "(&(sAMAccountName=anna)(!(userPrincipalName=*)))))");
}

TEST(Filter, escapes_what_would_be_syntax) {
    EXPECT_EQ(escaped("a*b(c)d\\e"), "a\\2ab\\28c\\29d\\5ce");
    EXPECT_EQ(escaped(std::string_view("a\0b", 3)), "a\\00b");
    EXPECT_EQ(escaped("J\u00fcrgen O'Neil"), "J\\c3\\bcrgen\\20O'Neil");
    EXPECT_EQ(filter_for("CONTOSO\\*)(cn=*", base), "(&(objectClass=user)(sAMAccountName=\\2a\\29\\28cn\\3d\\2a))");
}

RC_GTEST_PROP(FilterProperty, holds_a_value_that_is_nothing_but_a_value, ()) {
    const auto value = *rc::gen::arbitrary<std::string>();
    const std::string text = escaped(value);
    std::string back;
    for (std::size_t i = 0; i < text.size(); ++i) {
        RC_ASSERT(std::string_view("()*&|!=<>~").find(text[i]) == std::string_view::npos);
        if (text[i] == '\\') {
            back += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            back += text[i];
        }
    }
    RC_ASSERT(back == value);
}

} // namespace
} // namespace mailpreflight::directory
