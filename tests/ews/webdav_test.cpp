#include "ews/webdav.hpp"

#include "ews/webdav_session.hpp"
#include "tests/ews/owa_support.hpp"

#include <rapidcheck.h>

namespace mailpreflight::ews {
namespace {

using core::Cause;
using core::PresentationResult;

const http::Url asked{"https", test::owa_host, 443, "/exchange/anna@contoso.example/"};
const std::string open = "<?xml version=\"1.0\"?><a:multistatus xmlns:a=\"DAV:\" xmlns:d=\"urn:schemas:httpmail:\">";
const std::string good_part =
    "<a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><d:inbox>https://x/Inbox</d:inbox>"
    "</a:prop></a:propstat>";

http::Response multistatus(const std::string& inner) {
    return test::response(207, open + inner + "</a:multistatus>", {{"MS-WebStorage", "6.5.7638"}});
}

http::Response of_exchange(int status, const std::string& body = "") {
    return test::response(status, body, {{"MS-WebStorage", "6.5.7638"}, {"Content-Type", "text/html"}});
}

struct Row {
    const char* name;
    http::Response response;
    Cause cause;
    PresentationResult login;
    bool session_gone = false;
};

TEST(WebDav, answer_means_what_the_reference_says) {
    const auto accepted = PresentationResult::accepted;
    const auto refused = PresentationResult::refused;
    const auto unanswered = PresentationResult::unanswered;
    const std::vector<Row> rows{
        {"opened", multistatus("<a:response>" + good_part + "</a:response>"), Cause::ok, accepted},
        {"inbox forbidden",
         multistatus("<a:response><a:propstat><a:status>HTTP/1.1 403 Forbidden</a:status><a:prop><d:inbox/></a:prop>"
                     "</a:propstat></a:response>"),
         Cause::root_not_readable,
         accepted},
        {"inbox empty",
         multistatus("<a:response><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><d:inbox/></a:prop>"
                     "</a:propstat></a:response>"),
         Cause::root_not_readable,
         accepted},
        {"inbox of another namespace",
         multistatus("<a:response><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><a:inbox>x</a:inbox></a:prop>"
                     "</a:propstat></a:response>"),
         Cause::root_not_readable,
         accepted},
        {"two mailboxes",
         multistatus("<a:response>" + good_part + "</a:response><a:response>" + good_part + "</a:response>"),
         Cause::unexpected_answer,
         unanswered},
        {"no multistatus", test::response(207, "<x/>"), Cause::unexpected_answer, unanswered},
        {"cut short", test::response(207, open), Cause::unexpected_answer, unanswered},
        {"doctype", test::response(207, "<!DOCTYPE a><a/>"), Cause::unexpected_answer, unanswered},
        {"form of 2003",
         test::to("/exchweb/bin/auth/owalogon.asp?url=x&reason=0"),
         Cause::session_not_kept,
         unanswered,
         true},
        {"refused by it",
         test::to("/exchweb/bin/auth/owalogon.asp?reason=2"),
         Cause::credential_refused,
         refused,
         true},
        {"form of 2007", test::to("/owa/auth/logon.aspx?url=x&reason=3"), Cause::session_not_kept, unanswered, true},
        {"adfs", test::to("https://sts.contoso.example/adfs/ls/"), Cause::front_door, unanswered},
        {"other host", test::to("https://ex2.contoso.example/exchange/"), Cause::redirected_elsewhere, unanswered},
        {"mailbox of 2007", test::to("/owa/"), Cause::webdav_unavailable, unanswered},
        {"not logged in", test::response(401, ""), Cause::session_not_kept, unanswered, true},
        {"no right", of_exchange(403), Cause::access_denied, accepted},
        {"no right, nobody says who", test::response(403, ""), Cause::access_denied, unanswered},
        {"ssl wanted", test::response(403, "This page requires SSL"), Cause::organization_misconfigured, unanswered},
        {"filter", test::page(403, "Your support ID is: 5"), Cause::front_door, unanswered},
        {"no such mailbox", of_exchange(404), Cause::mailbox_not_found_here, accepted},
        {"no webdav", test::response(404, ""), Cause::webdav_unavailable, unanswered},
        {"verb blocked", test::response(405, ""), Cause::webdav_unavailable, unanswered},
        {"verb unknown", test::response(501, ""), Cause::webdav_unavailable, unanswered},
        {"precondition", of_exchange(412), Cause::request_rejected, accepted},
        {"session ended", test::response(440, ""), Cause::session_not_kept, unanswered, true},
        {"store trouble", of_exchange(500), Cause::server_error, accepted},
        {"inherited redirect",
         test::page(500, "error: allowDefinition='MachineToApplication'"),
         Cause::webdav_unavailable,
         unanswered},
        {"store stopped", of_exchange(503), Cause::mailbox_unavailable, accepted},
        {"gateway", test::response(502, ""), Cause::server_unavailable, unanswered},
        {"a page", test::page(200, "<h1>hello</h1>"), Cause::unexpected_answer, unanswered},
    };
    for (const Row& row : rows) {
        const WebDavVerdict verdict = judge_folders_propfind(asked, row.response);
        EXPECT_EQ(core::code_of(verdict.cause), core::code_of(row.cause)) << row.name;
        EXPECT_EQ(verdict.login, row.login) << row.name;
        EXPECT_EQ(verdict.session_gone, row.session_gone) << row.name;
        EXPECT_FALSE(verdict.detail.empty()) << row.name;
    }
}

TEST(WebDav, arbitrary_bytes_are_never_a_pass) {
    EXPECT_TRUE(rc::check([](const std::string& body, const std::string& location) {
        for (const int status : {200, 207, 302, 404, 500}) {
            const auto verdict = judge_folders_propfind(asked, test::response(status, body, {{"Location", location}}));
            RC_ASSERT(verdict.cause != Cause::ok);
        }
    }));
}

TEST(WebDav, request_reads_folder_properties_of_one_mailbox) {
    const http::Request request = folders_propfind("o'neil+x@contoso.example", "agent/1");
    EXPECT_EQ(request.method, "PROPFIND");
    EXPECT_EQ(request.target, "/exchange/o%27neil%2Bx@contoso.example/");
    EXPECT_EQ(request.headers.first("Depth"), "0");
    EXPECT_EQ(request.headers.first("Translate"), "f");
    EXPECT_NE(request.body.find("<m:inbox/>"), std::string::npos);
    EXPECT_EQ(own_alias("CONTOSO\\migadmin"), "migadmin");
    EXPECT_EQ(own_alias("migadmin@contoso.example"), "migadmin");
    EXPECT_EQ(own_alias("migadmin"), "migadmin");
}

struct DoorRow {
    const char* name;
    http::Response response;
    ExchangeDoor door;
    Cause cause = Cause::ok;
};

TEST(Exchange, door_is_told_by_its_first_answer) {
    using Door = ExchangeDoor;
    const http::Url url{"https", test::owa_host, 443, "/exchange/"};
    const std::vector<DoorRow> rows{
        {"2003 with forms",
         test::to("https://mail.contoso.example/exchweb/bin/auth/owalogon.asp?url=https://mail.contoso.example/"
                  "exchange/&reason=0"),
         Door::form},
        {"2007 with forms",
         test::to("/owa/auth/logon.aspx?url=https%3a%2f%2fmail.contoso.example%2fexchange%2f&reason=0"),
         Door::form},
        {"its own logon page", test::page(200, test::logon_page()), Door::form},
        {"http authentication", test::response(401, "", {{"WWW-Authenticate", "Basic realm=x"}}), Door::http},
        {"2010", test::to("https://mail.contoso.example/owa"), Door::alias},
        {"administrator's redirect", test::to("/owa/exchange"), Door::alias},
        {"logon page of owa",
         test::to("/owa/auth/logon.aspx?url=https%3a%2f%2fmail.contoso.example%2fowa%2f&reason=0"),
         Door::alias},
        {"2013", test::response(404, ""), Door::none, Cause::wrong_url},
        {"inherited redirect", test::page(500, "allowDefinition"), Door::none, Cause::webdav_unavailable},
        {"other host", test::to("https://owa.contoso.example/owa"), Door::none, Cause::redirected_elsewhere},
        {"tmg", test::to("/CookieAuth.dll?GetLogon?curl=Z2Fexchange"), Door::none, Cause::front_door},
        {"otp", test::page(200, "<form><input name=otc></form>"), Door::none, Cause::multi_factor_required},
        {"forbidden", test::response(403, ""), Door::none, Cause::organization_misconfigured},
        {"down", test::response(503, ""), Door::none, Cause::server_unavailable},
        {"some page", test::page(200, "hello"), Door::none, Cause::login_form_unknown},
        {"/owafoo", test::to("/owafoo"), Door::none, Cause::unexpected_answer},
    };
    for (const DoorRow& row : rows) {
        const auto verdict = judge_exchange_door(url, row.response);
        EXPECT_EQ(verdict.door, row.door) << row.name;
        if (row.door == Door::none) {
            EXPECT_EQ(core::code_of(verdict.cause), core::code_of(row.cause)) << row.name;
            EXPECT_FALSE(verdict.detail.empty()) << row.name;
        }
    }
}

core::Outcome<WebDavSession> log_in_by_http(http::Response answer, bool authenticated = true) {
    OwaReport report;
    WebDavWire wire{
        [answer](const http::Request&, const base::Deadline&) -> core::Outcome<http::Response> { return answer; },
        [] { return true; },
        [authenticated] { return authenticated; }};
    return WebDavSession::log_in(std::move(wire),
                                 {.host = test::owa_host, .path = "/exchange/", .user_agent = "agent/1"},
                                 "CONTOSO\\migadmin",
                                 base::Deadline::in(std::chrono::seconds(5)),
                                 report);
}

TEST(WebDavByHttp, a_login_is_what_exchange_says_behind_the_401) {
    EXPECT_TRUE(log_in_by_http(multistatus("<a:response>" + good_part + "</a:response>"))->has_own_mailbox());
    EXPECT_FALSE(log_in_by_http(of_exchange(404))->has_own_mailbox());
    EXPECT_TRUE(log_in_by_http(test::response(403, ""))) << "the alias is somebody else's";
    const auto none = log_in_by_http(test::response(404, ""));
    ASSERT_FALSE(none);
    EXPECT_EQ(core::code_of(none.error().cause), "webdav_unavailable");
    const auto basic_then_form = log_in_by_http(test::to("/owa/auth/logon.aspx?url=x&reason=0"));
    ASSERT_FALSE(basic_then_form);
    EXPECT_EQ(core::code_of(basic_then_form.error().cause), "session_not_kept");
}

TEST(WebDavByHttp, what_nobody_logged_in_for_proves_nothing) {
    const auto session = log_in_by_http(multistatus("<a:response>" + good_part + "</a:response>"), false);
    ASSERT_FALSE(session);
    EXPECT_EQ(core::code_of(session.error().cause), "unexpected_answer");
}

} // namespace
} // namespace mailpreflight::ews
