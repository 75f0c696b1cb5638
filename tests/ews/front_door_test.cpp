#include "ews/front_door.hpp"

#include "ews/answer.hpp"
#include "tests/ews/owa_support.hpp"

namespace mailpreflight::ews {
namespace {

const http::Url asked{"https", test::owa_host, 443, "/owa/"};

http::Response with_cookie(http::Response answer, const std::string& cookie) {
    answer.headers.add("Set-Cookie", cookie);
    return answer;
}

struct Row {
    const char* name;
    http::Response response;
    std::string kind;
    std::string host = test::owa_host;
};

TEST(FrontDoor, is_named_by_what_it_shows) {
    http::Response wap = test::to("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0");
    wap.status = 307;
    http::Response big_ip = test::page(200, "<html></html>");
    big_ip.headers.add("Server", "BigIP");
    const std::vector<Row> rows{
        {"adfs", test::to("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0"), "adfs", "sts.contoso.example"},
        {"wap", wap, "web_application_proxy", "sts.contoso.example"},
        {"entra",
         test::to("https://login.microsoftonline.com/common/oauth2/authorize?x=1"),
         "entra_id",
         "login.microsoftonline.com"},
        {"entra of a government",
         test::to("https://login.microsoftonline.us/x"),
         "entra_id",
         "login.microsoftonline.us"},
        {"tmg", test::to("/CookieAuth.dll?GetLogon?curl=Z2Fowa&reason=0&formdir=1"), "isa_tmg"},
        {"tmg's page", test::page(200, "<form action='/CookieAuth.dll?Logon' method=post></form>"), "isa_tmg"},
        {"uag", test::to("/InternalSite/InitParams.aspx?x"), "uag"},
        {"uag by script", test::page(200, "<script>window.location.replace(\"/InternalSite/x.asp\")</script>"), "uag"},
        {"f5", with_cookie(test::to("/my.policy"), "MRHSession=1"), "f5_apm"},
        {"f5 by cookie", with_cookie(test::page(200, "x"), "F5_ST=1"), "f5_apm"},
        {"f5 by server", big_ip, "f5_apm"},
        {"citrix", test::to("/vpn/index.html"), "citrix_adc"},
        {"citrix by cookie", with_cookie(test::to("/x"), "NSC_TMAS=1"), "citrix_adc"},
        {"kemp", test::page(200, "<form method=post action='/lm_auth_proxy?LMLogon'></form>"), "kemp_esp"},
        {"okta", test::to("https://contoso.okta.com/app/x"), "okta", "contoso.okta.com"},
        {"otp", test::page(200, "<form><input name=SafeWordPassword></form>"), "one_time_password"},
        {"duo", test::to("https://api-1.duosecurity.com/x"), "one_time_password", "api-1.duosecurity.com"},
        {"waf", test::page(403, "<p>Request Rejected. Your support ID is: 123</p>"), "waf"},
        {"captive portal", test::to("http://portal.hotel.example/login"), "captive_portal", "portal.hotel.example"},
        {"captive portal by status", test::response(511, ""), "captive_portal"},
        {"proxy", test::response(407, ""), "proxy"},
        {"owa", test::to("https://mail.contoso.example/owa/auth/logon.aspx?url=%2fadfs%2fls&reason=0"), ""},
        {"owa's page", test::page(200, test::logon_page()), ""},
        {"a host whose name lies", test::to("https://login.example/?x=login.microsoftonline.com"), ""},
        {"a plain page", test::page(200, "<h1>welcome</h1>"), ""},
        {"no location", test::response(302, ""), ""},
    };
    for (const Row& row : rows) {
        const auto door = front_door_of(asked, row.response);
        EXPECT_EQ(door ? door->kind : "", row.kind) << row.name;
        if (door) {
            EXPECT_EQ(door->host, row.host) << row.name;
            EXPECT_FALSE(door->product.empty()) << row.name;
            EXPECT_EQ(door->redirect.find('?'), std::string::npos) << row.name << ": the query may hold a token";
        }
    }
}

TEST(FrontDoor, before_ews_is_told_from_exchange_s_own_answers) {
    const auto kind = [](const http::Response& response) {
        const auto door = front_door_before_ews(response, test::owa_host);
        return door ? door->kind : std::string();
    };
    EXPECT_EQ(kind(test::to("/owa/auth/logon.aspx?reason=0")), "owa_forms");
    EXPECT_EQ(kind(test::response(440, "")), "owa_forms");
    EXPECT_EQ(kind(test::page(200, "<input type=\"password\">")), "login_page");
    EXPECT_EQ(kind(test::page(403, "Your support ID is: 5")), "waf");
    EXPECT_EQ(kind(with_cookie(test::response(403, ""), "MRHSession=1")), "") << "EWS says 403 behind APM, too";
    EXPECT_EQ(kind(with_cookie(test::response(503, ""), "MRHSession=1")), "");
    EXPECT_EQ(kind(with_cookie(test::response(401, ""), "MRHSession=1")), "");
    EXPECT_EQ(kind(test::to("https://mail2.contoso.example/EWS/Exchange.asmx")), "");
}

} // namespace
} // namespace mailpreflight::ews
