#include "ews/owa_page.hpp"

#include "tests/ews/owa_support.hpp"

#include <rapidcheck.h>

#include <chrono>

namespace mailpreflight::ews {
namespace {

using core::Cause;

TEST(LogonForm, is_found_on_owas_own_page) {
    const auto form = owa_logon_form(test::logon_page());
    ASSERT_TRUE(form);
    EXPECT_EQ(form->action, "/owa/auth.owa");
    EXPECT_EQ(form->method, "post");
    EXPECT_EQ(form->value("flags"), "4");
    EXPECT_EQ(form->asked, (std::vector<std::string>{"username", "password", "passwordText"}));
    EXPECT_TRUE(owa_logon_form(test::logon_page("/owa/auth/owaauth.dll"))) << "2007";
    EXPECT_TRUE(owa_logon_form(test::logon_page("")));
}

TEST(LogonForm, of_another_product_is_none) {
    EXPECT_FALSE(owa_logon_form(test::logon_page("/owa/auth.owa", "<input type=\"text\" name=\"passcode\">")))
        << "one-time password";
    EXPECT_FALSE(owa_logon_form(test::logon_page("/owa/auth.owa", "<input name=\"otc\">")));
    EXPECT_FALSE(owa_logon_form(test::logon_page("/CookieAuth.dll?Logon"))) << "TMG";
    EXPECT_FALSE(owa_logon_form(test::logon_page("/lm_auth_proxy?LMLogon"))) << "Kemp";
    EXPECT_FALSE(
        owa_logon_form("<form method=post action=/owa/auth.owa><input name=username><input name=password></form>"))
        << "no destination";
    EXPECT_FALSE(
        owa_logon_form("<form action=/owa/auth.owa><input name=username><input name=password><input type=hidden "
                       "name=destination></form>"))
        << "a GET would put the password into a URL";
    EXPECT_FALSE(owa_logon_form(""));
}

TEST(LogonPage, tells_the_build) {
    EXPECT_EQ(build_of_page(test::logon_page()), "15.2.1748");
    EXPECT_EQ(build_of_page("<img src=\"/owa/14.3.169.1/themes/resources/x.gif\">"), "14.3.169.1");
    EXPECT_EQ(build_of_page("<img src=/owa/8.3.485.1/themes/base/x.gif>"), "8.3.485.1");
    EXPECT_EQ(build_of_page("/themes/"), "");
    EXPECT_EQ(build_of_page("/other/1.2.3/themes/"), "");
    EXPECT_EQ(build_of_page("/owa/..../themes/"), "");
}

TEST(LogonForm, sends_what_a_browser_would) {
    // The page of 2003 (owa-and-auth.md 2.3): a choice, a box that nobody ticked, two buttons.
    const auto form = owa_logon_form(
        "<form name=logonForm method=POST action=/exchweb/bin/auth/owaauth.dll>"
        "<input type=hidden name=destination value='https://mail.contoso.example/exchange'>"
        "<input type=hidden name=flags value=0><input name=username><input type=password name=password>"
        "<input type=radio name=trusted value=0 checked><input type=radio name=trusted value=4>"
        "<input type=checkbox name=forcedownlevel value=1><input type=submit name=SubmitCreds value='Log On'>"
        "<input type=submit name=Cancel value=x><input type=button name=Help value=x></form>");
    ASSERT_TRUE(form);
    EXPECT_EQ(
        form->fields,
        (std::vector<std::pair<std::string, std::string>>{{"destination", "https://mail.contoso.example/exchange"},
                                                          {"flags", "0"},
                                                          {"username", ""},
                                                          {"password", ""},
                                                          {"trusted", "0"},
                                                          {"SubmitCreds", "Log On"}}));
}

TEST(LogonForm, of_tmg_is_known_by_its_action_and_curl) {
    const std::string inputs = "<input type=hidden name=curl value=Z2Fowa><input name=username>"
                               "<input type=password name=password>";
    EXPECT_TRUE(tmg_logon_form("<form method=post action='/CookieAuth.dll?Logon'>" + inputs + "</form>"));
    EXPECT_FALSE(
        tmg_logon_form("<form method=post action='/CookieAuth.dll?Logon'>" + inputs + "<input name=passcode>"));
    EXPECT_FALSE(tmg_logon_form("<form method=post action='/other'>" + inputs + "</form>"));
    EXPECT_FALSE(tmg_logon_form(test::logon_page()));
}

TEST(LogonPage, of_2007_leads_on_by_script_or_frame) {
    EXPECT_EQ(scripted_location("<script>\nvar a_sUrl = \"https%3a%2f%2fh%2fowa\";\n"
                                "var a_sLgn = \"/owa/auth/logon.aspx?replaceCurrent=1&url=\";</script>"),
              "/owa/auth/logon.aspx?replaceCurrent=1&url=https%3a%2f%2fh%2fowa");
    EXPECT_EQ(scripted_location("<script>var a_sUrl='u',a_sLgnQS = 'logon.aspx?url=';</script>"), "logon.aspx?url=u");
    EXPECT_EQ(scripted_location("<frameset><frame src=\"/owa/auth/logon.aspx\"></frameset>"), "/owa/auth/logon.aspx");
    EXPECT_EQ(scripted_location("<frameset><frame src=a><frame src=b></frameset>"), "") << "which of the two?";
    EXPECT_EQ(scripted_location("<script>var a_sUrl = \"x\";</script>"), "");
    EXPECT_EQ(scripted_location("var a_sUrl = \"x"), "");
}

TEST(LogonPage, hints_at_the_logon_format_without_its_language) {
    const auto page = [](const std::string& label) {
        return "<form><label for=\"username\">" + label + "</label><input id=username name=username></form>";
    };
    EXPECT_EQ(logon_format_of(page("Domain\\user name:")), "FullDomain");
    EXPECT_EQ(logon_format_of(page("Dom\xc3\xa4ne\\Benutzername:")), "FullDomain");
    EXPECT_EQ(logon_format_of("<span id=userNameLabel>User principal name (UPN):</span>"), "PrincipalName");
    EXPECT_EQ(logon_format_of("<input name=username placeholder='someone@example.com'>"), "PrincipalName");
    EXPECT_EQ(logon_format_of(page("User name:")), "unknown") << "or an e-mail address in another language";
    EXPECT_EQ(logon_format_of(""), "unknown");
}

TEST(LanguagePage, is_known_by_where_its_form_goes) {
    EXPECT_TRUE(is_language_page("<form action='/owa/lang.owa' method=post><select name=tzid></select></form>"));
    EXPECT_FALSE(is_language_page(test::logon_page()));
}

TEST(OwaError, means_what_the_reference_says) {
    const std::vector<std::pair<const char*, Cause>> rows{
        {"Microsoft.Exchange.Clients.Owa2.Server.Core.OwaExplicitLogonException", Cause::explicit_logon_denied},
        {"Microsoft.Exchange.Data.Storage.AccessDeniedException", Cause::access_denied},
        {"Microsoft.Exchange.Clients.Owa2.Server.Core.OwaADObjectNotFoundException", Cause::mailbox_not_found_here},
        {"OwaADUserNotFoundException", Cause::mailbox_not_found_here},
        {"MailboxUnavailableException", Cause::mailbox_unavailable},
        {"MailboxOfflineException", Cause::mailbox_unavailable},
        {"MailboxInTransitException", Cause::mailbox_moving},
        {"WrongServerException", Cause::mailbox_moving},
        {"Microsoft.Exchange.Data.Storage.UserHasNoMailboxException", Cause::admin_has_no_mailbox},
        {"QuotaExceededException", Cause::shell_only},
        {"AccountDisabledException", Cause::owa_disabled},
        {"InvalidLicenseException", Cause::mailbox_disabled},
        {"OverBudgetException", Cause::throttled},
        {"ConnectionFailedPermanentException", Cause::unknown_response_code},
        {"", Cause::unknown_response_code},
    };
    for (const auto& [type, cause] : rows) {
        EXPECT_EQ(core::code_of(cause_of_owa_error(type)), core::code_of(cause)) << type;
    }
}

TEST(Query, is_read_by_name) {
    EXPECT_EQ(query_value("/x?replaceCurrent=1&Reason=2&url=https%3a%2f%2fa%2f", "reason"), "2");
    EXPECT_EQ(query_value("/x?url=https%3a%2f%2fa%2f", "url"), "https://a/");
    EXPECT_EQ(query_value("/x?reason", "reason"), "");
    EXPECT_EQ(query_value("/x", "reason"), "");
    EXPECT_EQ(query_value("/x?a=%zz%4", "a"), "%zz%4");
}

TEST(Pages, of_hostile_depth_cost_nothing) {
    std::string deep;
    for (int i = 0; i < 500'000; ++i) {
        deep += "<div>";
    }
    const auto started = std::chrono::steady_clock::now();
    EXPECT_TRUE(forms_of(deep).empty());
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
}

TEST(Pages, of_arbitrary_bytes_have_no_logon_form) {
    EXPECT_TRUE(rc::check([](const std::string& html) {
        RC_ASSERT(!owa_logon_form(html).has_value());
        static_cast<void>(shows_sign_in_error(html));
        static_cast<void>(build_of_page(html));
        static_cast<void>(query_value(html, "a"));
        static_cast<void>(scripted_location(html));
        static_cast<void>(logon_format_of(html));
    }));
    const std::string good = test::logon_page();
    EXPECT_TRUE(rc::check([&](char byte) {
        std::string bent = good;
        bent[*rc::gen::inRange<std::size_t>(0, bent.size())] = byte;
        static_cast<void>(owa_logon_form(bent));
    }));
}

} // namespace
} // namespace mailpreflight::ews
