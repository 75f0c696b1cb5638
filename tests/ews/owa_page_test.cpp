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

TEST(FrontDoor, is_named_by_redirect_and_cookies) {
    const auto product = [](const std::string& location, const std::string& cookie) {
        http::Response answer = test::to(location);
        if (!cookie.empty()) {
            answer.headers.add("Set-Cookie", cookie);
        }
        return front_door_product(answer);
    };
    EXPECT_EQ(product("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0", ""), "AD FS");
    EXPECT_EQ(product("https://login.microsoftonline.com/common/oauth2/authorize", ""), "Microsoft Entra ID");
    EXPECT_EQ(product("/CookieAuth.dll?GetLogon?curl=Z2Fowa", ""), "ISA or TMG");
    EXPECT_EQ(product("/my.policy", "MRHSession=1"), "F5 BIG-IP APM");
    EXPECT_EQ(product("/x", "NSC_TMAS=1"), "Citrix ADC");
    EXPECT_EQ(product("https://contoso.okta.com/app/x", ""), "Okta");
    EXPECT_EQ(product("/owa/auth/logon.aspx?reason=0", "ClientId=1"), "");
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
