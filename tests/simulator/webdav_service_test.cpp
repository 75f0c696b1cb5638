#include "simulator/webdav_service.hpp"

#include "simulator/text.hpp"
#include "tests/simulator/worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailpreflight::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;

const TimePoint start{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

class WebDavServiceTest : public ::testing::Test {
protected:
    WebDavServiceTest() {
        state.server.version = *find_version_profile("2003");
    }

    OwaAnswer send(std::string method, std::string target, HeaderList headers = {}, std::string body = "") {
        headers.emplace_back("Host", "mail.contoso.example");
        return serve_exchange(
            {std::move(method), std::move(target), std::move(headers), std::move(body)}, state, sessions, start);
    }

    HeaderList log_in(std::string_view password = admin_password, std::string_view user = admin) {
        login = send("POST",
                     "/exchweb/bin/auth/owaauth.dll",
                     {},
                     "destination=" + percent_encode("https://mail.contoso.example/exchange") +
                         "&flags=0&username=" + percent_encode(user) + "&password=" + percent_encode(password) +
                         "&SubmitCreds=Log+On&forcedownlevel=0&trusted=0");
        std::string jar;
        for (const auto& [name, value] : login.response.headers) {
            if (name == "Set-Cookie") {
                jar += value.substr(0, value.find(';')) + "; ";
            }
        }
        return {{"Cookie", jar}};
    }

    State state = small_world();
    FormsSessions sessions;
    OwaAnswer login;
};

TEST_F(WebDavServiceTest, a_visitor_of_2003_is_led_to_owalogon_and_every_other_method_meets_440) {
    const OwaAnswer answer = send("GET", "/exchange/");
    EXPECT_EQ(answer.response.status, 302);
    EXPECT_EQ(answer.response.header("Location"),
              "https://mail.contoso.example/exchweb/bin/auth/owalogon.asp?url=https://mail.contoso.example/exchange/"
              "&reason=0&replaceCurrent=1");
    EXPECT_EQ(send("PROPFIND", "/exchange/anna@contoso.example/").response.status, 440);
}

TEST_F(WebDavServiceTest, the_page_of_2003_has_the_captured_fields) {
    const std::string page =
        send("GET", "/exchweb/bin/auth/owalogon.asp?url=https://h/exchange&reason=0").response.body;
    for (const char* const part : {"action=\"/exchweb/bin/auth/owaauth.dll\"",
                                   "name=\"destination\" value=\"https://h/exchange\"",
                                   "name=\"flags\" value=\"0\"",
                                   "name=\"SubmitCreds\" value=\"Log On\"",
                                   "name=\"trusted\" value=\"0\" checked"}) {
        EXPECT_THAT(page, HasSubstr(part));
    }
}

TEST_F(WebDavServiceTest, a_login_gives_the_two_cookies_of_its_time) {
    const std::string jar = log_in().front().second;
    EXPECT_THAT(jar, HasSubstr("sessionid="));
    EXPECT_THAT(jar, HasSubstr("cadata="));
    EXPECT_THAT(jar, Not(HasSubstr("cadataSig")));
    EXPECT_EQ(login.response.header("Location"), "https://mail.contoso.example/exchange");
    log_in("wrong");
    EXPECT_THAT(std::string(login.response.header("Location")), HasSubstr("owalogon.asp?url="));
    EXPECT_THAT(std::string(login.response.header("Location")), HasSubstr("reason=2"));
}

TEST_F(WebDavServiceTest, each_state_of_a_mailbox_has_its_status) {
    const HeaderList jar = log_in();
    struct Row {
        std::string name;
        MailboxState state;
        int status;
    };
    for (const Row& row : {Row{"anna@contoso.example", MailboxState::ok, 207},
                           Row{"a.adler@contoso.example", MailboxState::ok, 207},
                           Row{"anna", MailboxState::ok, 207},
                           Row{"migadmin", MailboxState::ok, 207},
                           Row{"", MailboxState::ok, 207},
                           Row{"ben@contoso.example", MailboxState::ok, 403},
                           Row{"nobody@contoso.example", MailboxState::ok, 404},
                           Row{"anna@contoso.example", MailboxState::missing, 404},
                           Row{"anna@contoso.example", MailboxState::store_down, 503}}) {
        state.organisation.change("anna@contoso.example", [&](Mailbox& mailbox) { mailbox.state = row.state; });
        const OwaAnswer answer = send("PROPFIND", "/exchange/" + row.name + (row.name.empty() ? "" : "/"), jar);
        EXPECT_EQ(answer.response.status, row.status) << row.name << ' ' << name_of(row.state);
        EXPECT_EQ(answer.response.header("MS-WebStorage"), "6.5.7638.1") << row.name;
        if (row.status == 207) {
            EXPECT_THAT(answer.response.body, HasSubstr("/Inbox</d:inbox>"));
        }
    }
}

TEST_F(WebDavServiceTest, the_path_that_names_nobody_is_a_401_for_an_account_without_mailbox) {
    const HeaderList jar = log_in("Nobox1", "CONTOSO\\nobox");
    EXPECT_EQ(send("PROPFIND", "/exchange/", jar).response.status, 401);
    EXPECT_EQ(send("PROPFIND", "/exchange/nobox/", jar).response.status, 404);
    const HttpResponse unauthorized{.status = 401};
    EXPECT_EQ(serve_exchange_authenticated({"GET", "/exchange/", {}, {}}, state, "CONTOSO\\nobox", unauthorized)
                  .response.status,
              401);
}

TEST_F(WebDavServiceTest, nothing_can_be_written) {
    const HeaderList jar = log_in();
    for (const char* const method : {"PROPPATCH", "MKCOL", "DELETE", "MOVE", "POST", "BDELETE"}) {
        EXPECT_EQ(send(method, "/exchange/anna@contoso.example/Inbox/", jar).response.status, 501) << method;
    }
}

TEST_F(WebDavServiceTest, cookies_for_whatever_was_typed_are_refused_when_they_are_used) {
    state.server.form_unchecked = true;
    const HeaderList jar = log_in("wrong");
    EXPECT_EQ(login.response.header("Location"), "https://mail.contoso.example/exchange");
    EXPECT_EQ(state.directory.presentations(), 0U);
    EXPECT_EQ(send("PROPFIND", "/exchange/migadmin/", jar).response.status, 440);
    EXPECT_EQ(state.directory.refused_presentations(), 1U);
}

TEST_F(WebDavServiceTest, forms_of_2007_stand_at_owa) {
    state.server.version = *find_version_profile("2007sp1");
    EXPECT_FALSE(has_webdav(state.server));
    state.server.webdav = true;
    EXPECT_TRUE(has_webdav(state.server));
    EXPECT_EQ(send("GET", "/exchange/").response.header("Location"),
              "https://mail.contoso.example/owa/auth/logon.aspx?url=https%3a%2f%2fmail.contoso.example%2fexchange%2f"
              "&reason=0");
    state.server.version = *find_version_profile("2010sp2");
    EXPECT_FALSE(has_webdav(state.server));
}

} // namespace
} // namespace mailpreflight::simulator
