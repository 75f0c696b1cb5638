#include "ews/logon_label.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::ews {
namespace {

TEST(LogonLabel, is_the_text_that_belongs_to_the_user_name) {
    EXPECT_EQ(logon_label("<form><label for=\"username\"> Domain\\user name: </label>"
                          "<input id=username name=username></form>"),
              "Domain\\user name:");
    EXPECT_EQ(logon_label("<div id=\"userNameLabel\" aria-hidden=\"true\">Domäne\\Benutzername:</div>"
                          "<input name=username aria-labelledby=userNameLabel>"),
              "Domäne\\Benutzername:");
}

TEST(LogonLabel, falls_back_on_the_placeholder) {
    EXPECT_EQ(logon_label("<input name=username placeholder=\"E-mail address\">"), "E-mail address");
}

TEST(LogonLabel, is_empty_where_there_is_none) {
    EXPECT_EQ(logon_label(""), "");
    EXPECT_EQ(logon_label("<label for=password>Password</label>"), "");
    EXPECT_EQ(logon_label(std::string(300 * 1024, 'x')), "") << "longer than any logon page";
    std::string deep;
    for (int i = 0; i < 5000; ++i) {
        deep += "<div>";
    }
    EXPECT_EQ(logon_label(deep), "");
}

} // namespace
} // namespace mailpreflight::ews
