#include "simulator/front_door.hpp"

#include "simulator/text.hpp"
#include "tests/simulator/worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailpreflight::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const TimePoint start{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

class FrontDoorTest : public ::testing::Test {
protected:
    FrontDoorTest() {
        shared.state = small_world();
    }

    FrontDoorAnswer send(std::string method, std::string target, std::string body = "", HeaderList headers = {}) {
        headers.emplace_back("Host", "mail.contoso.example");
        return serve_front_door(
            {std::move(method), std::move(target), std::move(headers), std::move(body)}, shared, start);
    }

    Shared shared;
};

TEST_F(FrontDoorTest, each_shows_the_marks_of_its_product) {
    struct Row {
        std::string name;
        int status;
        std::string mark; ///< in the head or the body
    };
    for (const Row& row : {Row{"adfs", 302, "/adfs/ls/?wa=wsignin1.0"},
                           Row{"wap", 307, "/adfs/ls/"},
                           Row{"entra", 302, "login.microsoftonline.com"},
                           Row{"tmg", 302, "/CookieAuth.dll?GetLogon?curl="},
                           Row{"uag", 302, "/InternalSite/"},
                           Row{"f5", 302, "MRHSession="},
                           Row{"citrix", 302, "NSC_TASS="},
                           Row{"kemp", 200, "/lm_auth_proxy?LMLogon"},
                           Row{"okta", 302, ".okta.com/"},
                           Row{"otp", 200, "name=\"passcode\""},
                           Row{"captive_portal", 302, "http://"},
                           Row{"waf", 403, "support ID"},
                           Row{"proxy", 407, "Proxy-Authenticate"},
                           Row{"login_page", 200, "type=\"password\""}}) {
        shared.state.server.front_door = row.name;
        const auto answer = send("GET", "/owa/").response;
        ASSERT_TRUE(answer) << row.name;
        EXPECT_EQ(answer->status, row.status) << row.name;
        EXPECT_THAT(header_text(*answer) + answer->body, HasSubstr(row.mark)) << row.name;
        EXPECT_FALSE(send("POST", "/EWS/Exchange.asmx").response) << "EWS is let through unless it is named";
    }
    shared.state.server.front_door_paths = {"/ews"};
    EXPECT_TRUE(send("POST", "/EWS/Exchange.asmx").response);
    EXPECT_EQ(shared.client_faults.posts_to_foreign_forms, 0U);
}

TEST_F(FrontDoorTest, what_is_posted_to_a_foreign_form_is_counted) {
    shared.state.server.front_door = "f5";
    send("POST", "/my.policy", "username=a&password=b");
    send("POST", "/owa/auth.owa", "username=a&password=b");
    shared.state.server.front_door.clear();
    send("POST", "/cross-site/owaauth.dll", "username=a&password=b");
    EXPECT_EQ(shared.client_faults.posts_to_foreign_forms, 3U);
    EXPECT_EQ(shared.state.directory.presentations(), 0U);
}

TEST_F(FrontDoorTest, tmg_passes_on_whoever_it_let_in) {
    shared.state.server.front_door = "tmg";
    const std::string wrong = "curl=Z2Fowa&flags=0&username=" + percent_encode(admin) + "&password=wrong";
    EXPECT_THAT(std::string(send("POST", "/CookieAuth.dll?Logon", wrong).response->header("Location")),
                HasSubstr("reason=2"));
    const auto login = send("POST",
                            "/CookieAuth.dll?Logon",
                            "curl=Z2Fowa&flags=0&username=" + percent_encode(admin) + "&password=" + admin_password);
    EXPECT_EQ(login.response->header("Location"), "https://mail.contoso.example/owa/");
    std::string jar;
    for (const auto& [name, value] : login.response->headers) {
        jar += name == "Set-Cookie" ? value.substr(0, value.find(';')) + "; " : "";
    }
    EXPECT_EQ(send("GET", "/owa/", "", {{"Cookie", jar}}).account, admin);
    EXPECT_EQ(shared.state.directory.refused_presentations(), 1U);
}

} // namespace
} // namespace mailpreflight::simulator
