#include "ews/answer.hpp"
#include "tests/ews/support.hpp"

namespace mailpreflight::ews {
namespace {

using core::Cause;
using test::response;

const std::string host = "mail.contoso.example";

struct Row {
    const char* name;
    http::Response response;
    Cause cause;
};

http::Response redirect(const std::string& location) {
    return response(302, "<html>Object moved</html>", {{"Location", location}, {"Content-Type", "text/html"}});
}

TEST(HttpOutcome, is_judged_by_status_and_headers_where_there_is_no_soap) {
    const std::vector<Row> rows{
        {"blocked", response(403, ""), Cause::ews_access_blocked},
        {"no such path", response(404, "", {{"Content-Type", "text/html"}}), Cause::wrong_url},
        {"no verb", response(405, ""), Cause::wrong_url},
        {"bad request", response(400, ""), Cause::request_rejected},
        {"forms login", response(440, "440 Login Timeout", {{"Content-Type", "text/html"}}), Cause::front_door},
        {"throttled gateway", response(429, ""), Cause::throttled},
        {"locked online", response(456, ""), Cause::account_locked},
        {"queueing", response(503, ""), Cause::server_unavailable},
        {"bad gateway", response(502, ""), Cause::server_unavailable},
        {"gateway timeout", response(504, ""), Cause::server_unavailable},
        {"empty 500", response(500, ""), Cause::server_error},
        {"asp.net under load",
         response(500, "<html><title>Server Error in '/EWS' Application.</title>", {{"Content-Type", "text/html"}}),
         Cause::server_busy},
        {"cas error", response(500, "", {{"X-CasErrorCode", "MailboxGuidNotFound"}}), Cause::server_error},
        {"login page",
         response(200, "<form><input type=\"password\" name=\"pw\"></form>", {{"Content-Type", "text/html"}}),
         Cause::front_door},
        {"some page", response(200, "<h1>maintenance</h1>", {{"Content-Type", "text/html"}}), Cause::unexpected_answer},
        {"no content", response(200, ""), Cause::unexpected_answer},
        {"owa logon", redirect("https://mail.contoso.example/owa/auth/logon.aspx?url=x&reason=0"), Cause::front_door},
        {"relative owa logon", redirect("/owa/auth/logon.aspx?reason=0"), Cause::front_door},
        {"tmg", redirect("/CookieAuth.dll?GetLogon?curl=Z2Fews&reason=0"), Cause::front_door},
        {"adfs", redirect("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0"), Cause::front_door},
        {"entra", redirect("https://login.microsoftonline.com/common/oauth2/authorize?x=1"), Cause::front_door},
        {"f5", redirect("/my.policy"), Cause::front_door},
        {"outage", redirect("/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx"), Cause::server_busy},
        {"error page", redirect("/owa/auth/errorFE.aspx?httpCode=503"), Cause::server_error},
        {"other host", redirect("https://mail2.contoso.example/EWS/Exchange.asmx"), Cause::redirected_elsewhere},
        {"host that only begins alike",
         redirect("https://mail.contoso.example.evil.example/owa/"),
         Cause::redirected_elsewhere},
        {"anywhere", redirect("/somewhere.html"), Cause::unexpected_answer},
        {"nowhere", response(302, ""), Cause::unexpected_answer},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(core::code_of(cause_of_http(row.response, host)), core::code_of(row.cause)) << row.name;
    }
}

TEST(HttpOutcome, a_403_of_exchange_online_says_that_ews_is_closed_there) {
    EXPECT_EQ(cause_of_http(response(403, ""), "outlook.office365.com"), Cause::exchange_online_ews_closed);
    EXPECT_EQ(cause_of_http(response(403, ""), "webmail.apps.mil"), Cause::exchange_online_ews_closed);
}

TEST(HttpOutcome, reads_how_long_to_wait) {
    EXPECT_EQ(retry_after(response(503, "", {{"Retry-After", "120"}})), base::Duration(std::chrono::seconds(120)));
    EXPECT_EQ(retry_after(response(503, "", {{"Retry-After", "999999"}})), base::Duration(std::chrono::hours(1)));
    EXPECT_EQ(retry_after(response(503, "", {{"Retry-After", "-1"}})), std::nullopt);
    EXPECT_EQ(retry_after(response(503, "", {{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}})), std::nullopt);
    EXPECT_EQ(retry_after(response(503, "")), std::nullopt);
}

} // namespace
} // namespace mailpreflight::ews
