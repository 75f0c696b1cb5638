#include "ews/owa_login.hpp"

#include "tests/ews/owa_support.hpp"

namespace mailpreflight::ews {
namespace {

using core::Cause;
using core::PresentationResult;

const http::Url posted{"https", test::owa_host, 443, "/owa/auth.owa"};
const http::Url destination{"https", test::owa_host, 443, "/owa/"};
const std::string logon = "https://mail.contoso.example/owa/auth/logon.aspx?url=x&reason=";

struct Row {
    const char* name;
    http::Response response;
    Cause cause;
    PresentationResult result;
};

TEST(Login, is_judged_by_where_it_leads) {
    const auto accepted = PresentationResult::accepted;
    const auto refused = PresentationResult::refused;
    const auto unanswered = PresentationResult::unanswered;
    http::Response emptied = test::to("https://mail.contoso.example/owa/");
    emptied.headers.add("Set-Cookie", "cadata=; expires=Thu, 01-Jan-1970 00:00:00 GMT; path=/");
    const std::vector<Row> rows{
        {"accepted", test::logged_in(), Cause::ok, accepted},
        {"refused", test::to(logon + "2"), Cause::credential_refused, refused},
        {"refused, relative",
         test::to("/owa/auth/logon.aspx?replaceCurrent=1&reason=2"),
         Cause::credential_refused,
         refused},
        {"password changed", test::to(logon + "4"), Cause::credential_refused, refused},
        {"client access rule", test::to(logon + "5"), Cause::owa_disabled, refused},
        {"client access rule of the EAC", test::to(logon + "6"), Cause::owa_disabled, refused},
        {"second factor", test::to("https://api-1.duosecurity.com/frame?x=1"), Cause::multi_factor_required, refused},
        {"second factor on a page",
         test::page(200, "<form method=post action=/otp><input name=passcode></form>"),
         Cause::multi_factor_required,
         refused},
        {"an older server behind",
         test::to("/owa/auth/errorFE.aspx?CafeError=CAS14WithNoWIA"),
         Cause::organization_misconfigured,
         unanswered},
        {"language page", test::logged_in("/owa/languageselection.aspx?url=x"), Cause::ok, accepted},
        {"a reason nobody knows", test::to(logon + "17"), Cause::credential_refused, refused},
        {"refused by 2003", test::to("/exchweb/bin/auth/owalogon.asp?reason=2"), Cause::credential_refused, refused},
        {"refused by TMG",
         test::to("/CookieAuth.dll?GetLogon?curl=Z2Fowa&reason=2"),
         Cause::credential_refused,
         refused},
        {"not a try", test::to(logon + "0"), Cause::session_not_kept, unanswered},
        {"no reason", test::to("/owa/auth/logon.aspx"), Cause::session_not_kept, unanswered},
        {"expired session", test::to(logon + "3"), Cause::session_not_kept, unanswered},
        {"expired password",
         test::to("/owa/auth/expiredpassword.aspx?url=/owa/auth.owa"),
         Cause::password_expired,
         refused},
        {"no mailbox",
         test::error_page("Microsoft.Exchange.Data.Storage.UserHasNoMailboxException"),
         Cause::ok,
         accepted},
        {"owa off", test::error_page("x.AccountDisabledException"), Cause::owa_disabled, accepted},
        {"the front end's own failure",
         test::to("/owa/auth/errorFE.aspx?httpCode=503"),
         Cause::server_error,
         unanswered},
        {"without cookies", test::to("https://mail.contoso.example/owa/"), Cause::unexpected_answer, unanswered},
        {"cookies taken away", emptied, Cause::unexpected_answer, unanswered},
        {"other host", test::logged_in("https://legacy.contoso.example/owa/"), Cause::redirected_elsewhere, unanswered},
        {"other port",
         test::logged_in("https://mail.contoso.example:8443/owa/"),
         Cause::redirected_elsewhere,
         unanswered},
        {"plain http", test::logged_in("http://mail.contoso.example/owa/"), Cause::redirected_elsewhere, unanswered},
        {"adfs", test::to("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0"), Cause::front_door, unanswered},
        {"hand-over",
         test::page(200, test::logon_page("https://other.contoso.example/owa/auth.owa")),
         Cause::redirected_elsewhere,
         unanswered},
        {"sign-in error",
         test::page(200, test::logon_page("/owa/auth.owa", "<div id=\"signInErrorDiv\">x</div>")),
         Cause::credential_refused,
         refused},
        {"logon page again", test::page(200, test::logon_page()), Cause::unexpected_answer, unanswered},
        {"forms login off", test::response(401, ""), Cause::auth_scheme_not_offered, unanswered},
        {"wrong form", test::response(400, ""), Cause::request_rejected, unanswered},
        {"440", test::response(440, ""), Cause::request_rejected, unanswered},
        {"403", test::response(403, ""), Cause::organization_misconfigured, unanswered},
        {"503", test::response(503, ""), Cause::server_unavailable, unanswered},
        {"500", test::response(500, ""), Cause::server_error, unanswered},
        {"no location", test::response(302, ""), Cause::unexpected_answer, unanswered},
    };
    for (const Row& row : rows) {
        const LoginVerdict verdict = judge_login(posted, destination, row.response);
        EXPECT_EQ(core::code_of(verdict.cause), core::code_of(row.cause)) << row.name;
        EXPECT_EQ(verdict.result, row.result) << row.name;
        EXPECT_EQ(verdict.next.has_value(), std::string_view(row.name) == "accepted") << row.name;
    }
}

struct PageRow {
    const char* name;
    http::Response response;
    Cause cause;
    bool refused = false;
};

TEST(Page, is_judged_by_what_only_a_logged_in_user_sees) {
    const http::Url asked{"https", test::owa_host, 443, "/owa/user@contoso.example/"};
    const std::vector<PageRow> rows{
        {"shell", test::shell(), Cause::ok},
        {"page without a mark", test::page(200, "<html></html>"), Cause::unexpected_answer},
        {"logon page at once", test::page(200, test::logon_page()), Cause::session_not_kept},
        {"cookies refused", test::to(logon + "2"), Cause::credential_refused, true},
        {"loop", test::to(logon + "0"), Cause::session_not_kept},
        {"440", test::response(440, ""), Cause::session_not_kept},
        {"never opened", test::to("/owa/languageselection.aspx?url=x"), Cause::shell_only},
        {"denied", test::error_page("a.OwaExplicitLogonException"), Cause::explicit_logon_denied},
        {"own mailbox missing", test::error_page("a.UserHasNoMailboxException"), Cause::admin_has_no_mailbox},
        {"header on a 500",
         test::response(500, "", {{"X-OWA-Error", "a.MailboxOfflineException"}}),
         Cause::mailbox_unavailable},
        {"language page itself", test::page(200, "<form action=lang.owa></form>"), Cause::shell_only},
        {"an older server behind",
         test::to("/owa/auth/errorFE.aspx?CafeError=CAS14WithNoWIA"),
         Cause::organization_misconfigured},
        {"unnamed error", test::to("/owa/auth/errorFE.aspx?httpCode=404"), Cause::server_error},
        {"elsewhere", test::to("https://mail2.contoso.example/owa/"), Cause::redirected_elsewhere},
        {"404", test::response(404, ""), Cause::unexpected_answer},
        {"403", test::response(403, ""), Cause::organization_misconfigured},
    };
    for (const PageRow& row : rows) {
        const PageVerdict verdict = judge_page(asked, row.response);
        EXPECT_EQ(core::code_of(verdict.cause), core::code_of(row.cause)) << row.name;
        EXPECT_EQ(verdict.refused, row.refused) << row.name;
    }
}

} // namespace
} // namespace mailpreflight::ews
