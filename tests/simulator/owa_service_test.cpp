#include "simulator/owa_service.hpp"

#include "simulator/text.hpp"
#include "tests/simulator/worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailpreflight::simulator {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const TimePoint start{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

class OwaServiceTest : public ::testing::Test {
protected:
    OwaAnswer get(std::string target, HeaderList headers = {}, std::chrono::seconds after = 0s) {
        return send("GET", std::move(target), "", std::move(headers), after);
    }

    OwaAnswer send(
        std::string method, std::string target, std::string body, HeaderList headers, std::chrono::seconds after = 0s) {
        headers.emplace_back("Host", "mail.contoso.example");
        return serve_owa({std::move(method), std::move(target), std::move(headers), std::move(body)},
                         state,
                         sessions,
                         start + after);
    }

    OwaAnswer log_in(std::string_view password,
                     std::string_view destination = "https://mail.contoso.example/owa/",
                     std::string_view user = admin) {
        return send("POST",
                    "/owa/auth.owa",
                    "destination=" + percent_encode(destination) + "&flags=4&forcedownlevel=0&username=" +
                        percent_encode(user) + "&password=" + percent_encode(password) + "&passwordText=&isUtf8=1",
                    {{"Cookie", "PBack=0"}});
    }

    /** A Cookie header with what the login gave. */
    HeaderList cookies_of(const OwaAnswer& login) {
        std::string jar;
        for (const auto& [name, value] : login.response.headers) {
            if (name == "Set-Cookie") {
                jar += value.substr(0, value.find(';')) + "; ";
            }
        }
        return {{"Cookie", jar}};
    }

    static std::string location(const OwaAnswer& answer) {
        return std::string(answer.response.header("Location"));
    }

    State state = small_world();
    FormsSessions sessions;
};

TEST_F(OwaServiceTest, a_get_without_cookies_leads_to_the_logon_page) {
    const OwaAnswer answer = get("/owa");
    EXPECT_EQ(answer.response.status, 302);
    EXPECT_EQ(location(answer),
              "https://mail.contoso.example/owa/auth/logon.aspx?url=https%3a%2f%2fmail.contoso.example%2fowa&reason=0");
    EXPECT_EQ(state.directory.presentations(), 0U);
}

TEST_F(OwaServiceTest, every_other_method_without_cookies_meets_440) {
    for (const std::string method : {"POST", "HEAD", "PROPFIND"}) {
        const OwaAnswer answer = send(method, "/owa/ev.owa", "", {});
        EXPECT_EQ(answer.response.status, 440) << method;
        EXPECT_TRUE(answer.response.close);
    }
}

TEST_F(OwaServiceTest, the_logon_page_has_the_form_and_keeps_the_destination) {
    const OwaAnswer answer =
        get("/owa/auth/logon.aspx?url=https%3a%2f%2fmail.contoso.example%2fowa%2fx%40y%2f&reason=0");
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_THAT(answer.response.body, HasSubstr("action=\"/owa/auth.owa\" method=\"POST\" name=\"logonForm\""));
    EXPECT_THAT(answer.response.body,
                HasSubstr("name=\"destination\" value=\"https://mail.contoso.example/owa/x@y/\""));
    EXPECT_THAT(answer.response.body, HasSubstr("/owa/auth/15.2.1544/themes/resources/"));
}

TEST_F(OwaServiceTest, the_right_password_gives_five_cookies_and_the_destination) {
    const OwaAnswer answer = log_in(admin_password);
    EXPECT_EQ(answer.response.status, 302);
    EXPECT_EQ(location(answer), "https://mail.contoso.example/owa/");
    const std::string jar = cookies_of(answer).front().second;
    for (const std::string_view name : {"cadata=", "cadataTTL=", "cadataKey=", "cadataIV=", "cadataSig="}) {
        EXPECT_THAT(jar, HasSubstr(name));
    }
    EXPECT_EQ(state.directory.presentations(), 1U);
}

TEST_F(OwaServiceTest, reserved_characters_in_a_password_survive_the_form) {
    state.directory.change_password(*state.directory.find(admin), "p&w+%=;\xc3\xa9 x");
    EXPECT_EQ(log_in("p&w+%=;\xc3\xa9 x").verdict, Verdict::accepted);
}

TEST_F(OwaServiceTest, a_refusal_is_a_302_with_reason_2_and_takes_the_cookies_away) {
    const OwaAnswer answer = log_in("wrong");
    EXPECT_EQ(answer.response.status, 302);
    EXPECT_THAT(location(answer), HasSubstr("/owa/auth/logon.aspx?url="));
    EXPECT_THAT(location(answer), HasSubstr("&reason=2"));
    EXPECT_THAT(std::string(answer.response.header("Set-Cookie")),
                HasSubstr("cadata=; path=/; expires=Thu, 01-Jan-1970"));
    EXPECT_EQ(state.directory.refused_presentations(), 1U);
}

TEST_F(OwaServiceTest, unknown_locked_and_disabled_look_like_a_wrong_password) {
    EXPECT_THAT(location(log_in("x", "https://mail.contoso.example/owa/", "CONTOSO\\nobody")), HasSubstr("reason=2"));
    Account& account = *state.directory.find(admin);
    account.enabled = false;
    EXPECT_THAT(location(log_in(admin_password)), HasSubstr("reason=2"));
    account.enabled = true;
    state.directory.lock(account, start);
    EXPECT_THAT(location(log_in(admin_password)), HasSubstr("reason=2"));
}

TEST_F(OwaServiceTest, an_expired_password_has_a_page_unless_the_feature_is_off) {
    state.directory.find(admin)->password_expired = true;
    EXPECT_THAT(location(log_in(admin_password)), HasSubstr("/owa/auth/expiredpassword.aspx?url=/owa/auth.owa"));
    state.server.change_expired_password = false;
    EXPECT_THAT(location(log_in(admin_password)), HasSubstr("reason=2"));
}

TEST_F(OwaServiceTest, a_bad_form_is_a_400_and_no_presentation) {
    EXPECT_EQ(log_in(admin_password, "/owa/").response.status, 400);
    EXPECT_EQ(log_in(admin_password, "https://evil.example/owa/").response.status, 400);
    EXPECT_EQ(log_in(admin_password, "https://mail.contoso.example.evil/owa/").response.status, 400);
    EXPECT_EQ(send("POST", "/owa/auth.owa", "username=a&password=b", {}).response.status, 400);
    EXPECT_EQ(state.directory.presentations(), 0U);
}

TEST_F(OwaServiceTest, a_2010_server_insists_on_the_cookie_of_the_page) {
    state.server.version = *find_version_profile("2010sp2");
    const OwaAnswer answer =
        send("POST",
             "/owa/auth.owa",
             "destination=https%3A%2F%2Fmail.contoso.example%2Fowa%2F&flags=4&username=a&password=b",
             {});
    EXPECT_THAT(location(answer), HasSubstr("reason=0"));
    EXPECT_EQ(state.directory.presentations(), 0U);
    EXPECT_EQ(log_in(admin_password).verdict, Verdict::accepted);
}

TEST_F(OwaServiceTest, cookies_open_the_own_mailbox_and_each_use_is_a_presentation) {
    const HeaderList jar = cookies_of(log_in(admin_password));
    const OwaAnswer answer = get("/owa/", jar);
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_EQ(answer.response.header("X-OWA-Version"), "15.2.1544.4");
    EXPECT_EQ(answer.response.header("X-BEServer"), "MBX01");
    EXPECT_THAT(std::string(answer.response.header("Set-Cookie")), StartsWith("X-OWA-CANARY="));
    EXPECT_EQ(state.directory.presentations(), 2U);
}

TEST_F(OwaServiceTest, stale_cookies_after_a_password_change_count_against_the_account) {
    const HeaderList jar = cookies_of(log_in(admin_password));
    state.directory.find(admin)->password = "changed"; // without history: not forgiven
    const OwaAnswer answer = get("/owa/", jar);
    EXPECT_THAT(location(answer), HasSubstr("reason=2"));
    EXPECT_EQ(send("POST", "/owa/ev.owa", "", jar).response.status, 440);
    EXPECT_EQ(state.directory.find(admin)->bad_password_count, 2);
}

TEST_F(OwaServiceTest, old_cookies_expire_with_reason_3_and_log_off_ends_them) {
    HeaderList jar = cookies_of(log_in(admin_password));
    EXPECT_THAT(location(get("/owa/", jar, 13h)), HasSubstr("reason=3"));
    jar = cookies_of(log_in(admin_password));
    EXPECT_THAT(location(get("/owa/logoff.owa", jar)), HasSubstr("reason=1"));
    EXPECT_THAT(location(get("/owa/", jar)), HasSubstr("reason=0"));
    EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(OwaServiceTest, an_account_without_mailbox_logs_in_and_ends_on_the_error_page) {
    const OwaAnswer login = log_in("Nobox1", "https://mail.contoso.example/owa/", "CONTOSO\\nobox");
    EXPECT_EQ(login.verdict, Verdict::accepted);
    const OwaAnswer answer = get("/owa/", cookies_of(login));
    EXPECT_EQ(answer.response.status, 302);
    const std::string page = location(answer);
    EXPECT_THAT(page, HasSubstr("/owa/auth/errorfe.aspx?httpCode=500"));
    EXPECT_THAT(page, HasSubstr("owaError=Microsoft.Exchange.Data.Storage.UserHasNoMailboxException"));
    const OwaAnswer shown = get(page.substr(page.find("/owa/auth")));
    EXPECT_EQ(shown.response.header("X-OWA-Error"), "Microsoft.Exchange.Data.Storage.UserHasNoMailboxException");
}

TEST_F(OwaServiceTest, explicit_logon_needs_full_access_and_both_the_address_and_the_mailbox) {
    struct Row {
        std::string address;
        MailboxState state;
        std::string error;
    };
    const HeaderList jar = cookies_of(log_in(admin_password));
    for (const Row& row : {Row{"anna@contoso.example", MailboxState::ok, ""},
                           Row{"a.adler@contoso.example", MailboxState::ok, ""},
                           Row{"ben@contoso.example", MailboxState::ok, "OwaExplicitLogonException"},
                           Row{"nobody@contoso.example", MailboxState::ok, "OwaADObjectNotFoundException"},
                           Row{"anna@contoso.example", MailboxState::missing, "OwaADObjectNotFoundException"},
                           Row{"anna@contoso.example", MailboxState::moved, "OwaADObjectNotFoundException"},
                           Row{"anna@contoso.example", MailboxState::in_transit, "MailboxInTransitException"},
                           Row{"anna@contoso.example", MailboxState::store_down, "MailboxOfflineException"},
                           Row{"anna@contoso.example", MailboxState::disabled, ""}}) {
        state.organisation.change("anna@contoso.example", [&](Mailbox& mailbox) { mailbox.state = row.state; });
        const OwaAnswer answer = get("/owa/" + row.address + "/", jar);
        EXPECT_EQ(answer.response.status, row.error.empty() ? 200 : 302) << row.address << ' ' << name_of(row.state);
        EXPECT_THAT(answer.error, HasSubstr(row.error));
        EXPECT_EQ(answer.mailbox, row.address);
    }
}

TEST_F(OwaServiceTest, explicit_logon_can_be_switched_off_for_people_with_rights) {
    state.server.explicit_logon_enabled = false;
    EXPECT_THAT(get("/owa/anna@contoso.example/", cookies_of(log_in(admin_password))).error,
                HasSubstr("OwaExplicitLogonException"));
}

TEST_F(OwaServiceTest, impersonation_alone_opens_nothing_in_owa) {
    state.organisation.full_access.clear();
    EXPECT_THAT(get("/owa/anna@contoso.example/", cookies_of(log_in(admin_password))).error,
                HasSubstr("OwaExplicitLogonException"));
}

TEST_F(OwaServiceTest, a_mailbox_that_was_never_opened_asks_for_its_language) {
    state.organisation.change("anna@contoso.example", [](Mailbox& mailbox) { mailbox.never_opened = true; });
    const OwaAnswer answer = get("/owa/anna@contoso.example/", cookies_of(log_in(admin_password)));
    EXPECT_EQ(answer.response.status, 302);
    EXPECT_THAT(location(answer), HasSubstr("/owa/languageselection.aspx?url="));
}

TEST_F(OwaServiceTest, a_shell_proves_nothing_where_sessiondata_decides) {
    state.server.shell_before_access = true;
    const HeaderList jar = cookies_of(log_in(admin_password));
    EXPECT_EQ(get("/owa/ben@contoso.example/", jar).response.status, 200);
    const OwaAnswer data = send("POST", "/owa/ben@contoso.example/sessiondata.ashx?appcacheclient=0", "", jar);
    EXPECT_EQ(data.response.status, 500);
    EXPECT_THAT(data.error, HasSubstr("OwaExplicitLogonException"));
    EXPECT_EQ(send("POST", "/owa/anna@contoso.example/sessiondata.ashx?appcacheclient=0", "", jar).response.status,
              200);
}

TEST_F(OwaServiceTest, each_reason_comes_on_command_after_a_right_password) {
    for (const int reason : {3, 4, 5, 6}) {
        state.server.form_reason = reason;
        EXPECT_THAT(location(log_in(admin_password)), HasSubstr("&reason=" + std::to_string(reason)));
    }
}

TEST_F(OwaServiceTest, a_2007_page_may_be_written_by_script_and_say_400) {
    state.server.version = *find_version_profile("2007sp1");
    state.server.logon_page = "script";
    state.server.logon_status = 400;
    const OwaAnswer outer = get("/owa/");
    EXPECT_EQ(outer.response.status, 200);
    EXPECT_THAT(outer.response.body, HasSubstr("var a_sUrl = \"https%3a%2f%2fmail.contoso.example%2fowa%2f\""));
    EXPECT_THAT(outer.response.body, HasSubstr("var a_sLgn = \"/owa/auth/logon.aspx?replaceCurrent=1&url=\""));
    const OwaAnswer inner =
        get("/owa/auth/logon.aspx?replaceCurrent=1&url=https%3a%2f%2fmail.contoso.example%2fowa%2f");
    EXPECT_EQ(inner.response.status, 400);
    EXPECT_THAT(inner.response.body, HasSubstr("action=\"owaauth.dll\""));
    EXPECT_THAT(inner.response.body, HasSubstr("name=\"trusted\""));
    state.server.logon_page = "frame";
    EXPECT_THAT(get("/owa/").response.body, HasSubstr("<frame src=\"/owa/auth/logon.aspx?"));
}

TEST_F(OwaServiceTest, a_lost_session_leads_back_to_the_page_without_a_refusal) {
    state.server.session_lost = true;
    const OwaAnswer login = log_in(admin_password);
    EXPECT_EQ(location(login), "https://mail.contoso.example/owa/");
    EXPECT_THAT(location(get("/owa/", cookies_of(login))), HasSubstr("reason=0"));
    EXPECT_EQ(state.directory.refused_presentations(), 0U);
    state.server.session_lost = false;
    state.server.form_ignored = true;
    EXPECT_THAT(location(log_in(admin_password)), HasSubstr("reason=0"));
}

TEST_F(OwaServiceTest, a_cross_site_form_repeats_the_password_for_another_host) {
    state.server.cross_site_host = "legacy.contoso.example";
    const OwaAnswer answer = log_in(admin_password);
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_THAT(answer.response.body, HasSubstr("action=\"https://legacy.contoso.example/"));
    EXPECT_THAT(answer.response.body, HasSubstr("value=\"" + admin_password + "\""));
}

TEST_F(OwaServiceTest, what_the_code_page_does_not_know_is_lost_in_the_form) {
    state.server.form_in_ansi = true;
    state.directory.change_password(*state.directory.find(admin), "p\xc3\xa9-ss");
    EXPECT_EQ(log_in("p\xc3\xa9-ss").verdict, Verdict::accepted);
    state.directory.change_password(*state.directory.find(admin), "p\xd0\xb6-ss");
    EXPECT_EQ(log_in("p\xd0\xb6-ss").verdict, Verdict::wrong_password);
}

} // namespace
} // namespace mailpreflight::simulator
