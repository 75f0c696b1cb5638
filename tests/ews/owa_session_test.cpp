#include "ews/owa_session.hpp"

#include "http/form.hpp"
#include "tests/ews/owa_support.hpp"

namespace mailpreflight::ews {
namespace {

using core::Cause;
using core::PresentationResult;

class Gate final : public core::CredentialGate {
public:
    core::Outcome<core::Permit> begin(const core::Presentation& presentation, const base::Deadline&) override {
        if (closed) {
            return core::failed(core::Stage::authenticate, Cause::credential_parked, "parked");
        }
        EXPECT_EQ(presentation.door, (core::Door{"contoso", "owa"}));
        return core::Permit(*this, ++begun);
    }
    bool is_proven(const std::string&, const std::string&) override {
        return false;
    }

    std::uint64_t begun = 0;
    std::vector<PresentationResult> finished;
    bool closed = false;

protected:
    void finish(std::uint64_t, core::PresentationEnding ending) override {
        finished.push_back(ending.result);
    }
};

class Owa : public testing::Test {
protected:
    core::Outcome<OwaSession> log_in(std::vector<http::Response> answers, const std::string& path = "/owa/") {
        return log_in(std::move(answers), OwaContext{test::owa_host, 443, path, "agent/1"});
    }
    core::Outcome<OwaSession> log_in(std::vector<http::Response> answers, OwaContext context) {
        asked_.clear();
        answers_ = std::move(answers);
        auto identity = std::make_shared<http::Identity>(
            http::Identity{"migadmin", username_, base::Secret(password_), "fingerprint"});
        OwaWire wire{[this](const http::Request& request, const base::Deadline&) -> core::Outcome<http::Response> {
                         asked_.push_back(request);
                         if (asked_.size() > answers_.size()) {
                             return core::failed(core::Stage::exchange, Cause::connection_lost, "cut");
                         }
                         return answers_[asked_.size() - 1];
                     },
                     [] { return true; },
                     [] { return true; }};
        report_ = {};
        return OwaSession::log_in(
            wire, std::move(context), identity, gate_, {"contoso", "owa"}, true, deadline_, report_);
    }

    std::string line(std::size_t i) const {
        return asked_.at(i).method + " " + asked_.at(i).target;
    }
    std::size_t posts() const {
        return static_cast<std::size_t>(std::count_if(
            asked_.begin(), asked_.end(), [](const http::Request& request) { return request.method == "POST"; }));
    }

    Gate gate_;
    OwaReport report_;
    std::string username_ = "CONTOSO\\migadmin";
    std::string password_ = "pass&word=";
    std::vector<http::Response> answers_;
    std::vector<http::Request> asked_;
    base::Deadline deadline_ = base::Deadline::in(std::chrono::seconds(10));
    const std::string logon_ =
        "https://mail.contoso.example/owa/auth/logon.aspx?url=https%3a%2f%2fmail.contoso.example%2fowa%2f&reason=";
};

TEST_F(Owa, login_is_page_form_and_a_page_of_a_logged_in_user) {
    const auto session =
        log_in({test::to(logon_ + "0"), test::page(200, test::logon_page()), test::logged_in(), test::shell()});
    ASSERT_TRUE(session) << session.error().detail;
    EXPECT_EQ(line(0), "GET /owa/");
    EXPECT_EQ(line(2), "POST /owa/auth.owa");
    EXPECT_EQ(
        asked_[2].body,
        "destination=https%3A%2F%2Fmail.contoso.example%2Fowa%2F&flags=4&forcedownlevel=0&username=CONTOSO%5Cmigadmin"
        "&password=pass%26word%3D&passwordText=&isUtf8=1");
    EXPECT_EQ(asked_[2].headers.first("Cookie"), "PBack=0");
    EXPECT_EQ(line(3), "GET /owa/");
    EXPECT_NE(asked_[3].headers.first("Cookie").find("cadataSig=QUJDcadataSig"), std::string_view::npos);
    EXPECT_EQ(gate_.begun, 2U); // the form and the page that the cookies open
    EXPECT_EQ(gate_.finished, (std::vector{PresentationResult::accepted, PresentationResult::accepted}));
    EXPECT_EQ(report_.build, "15.2.1748.10");
    EXPECT_TRUE(session->has_own_mailbox());
    EXPECT_EQ(report_.evidence.back_end, "BE1");
}

TEST_F(Owa, login_of_an_account_without_mailbox_is_a_login) {
    const auto session = log_in({test::to(logon_ + "0"),
                                 test::page(200, test::logon_page()),
                                 test::logged_in(),
                                 test::error_page("Microsoft.Exchange.Data.Storage.UserHasNoMailboxException")});
    ASSERT_TRUE(session) << session.error().detail;
    EXPECT_FALSE(session->has_own_mailbox());
}

TEST_F(Owa, refusal_is_not_tried_again) {
    const auto session = log_in({test::to(logon_ + "0"), test::page(200, test::logon_page()), test::to(logon_ + "2")});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().stage, core::Stage::authenticate);
    EXPECT_EQ(session.error().cause, Cause::credential_refused);
    EXPECT_EQ(posts(), 1U);
    EXPECT_EQ(gate_.finished, std::vector{PresentationResult::refused});
}

TEST_F(Owa, server_that_does_not_keep_the_session_is_no_refusal_and_no_second_post) {
    const auto session = log_in(
        {test::to(logon_ + "0"), test::page(200, test::logon_page()), test::logged_in(), test::to(logon_ + "0")});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().cause, Cause::session_not_kept);
    EXPECT_EQ(posts(), 1U);
    EXPECT_EQ(gate_.finished, (std::vector{PresentationResult::accepted, PresentationResult::accepted}));
}

TEST_F(Owa, cookies_refused_a_moment_after_the_login_are_suspect) {
    const auto session = log_in(
        {test::to(logon_ + "0"), test::page(200, test::logon_page()), test::logged_in(), test::to(logon_ + "2")});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().cause, Cause::credential_suspect);
    EXPECT_EQ(gate_.finished, (std::vector{PresentationResult::accepted, PresentationResult::refused}));
}

TEST_F(Owa, password_left_without_an_answer_is_told_to_the_gate) {
    const auto session = log_in({test::to(logon_ + "0"), test::page(200, test::logon_page())});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().cause, Cause::connection_lost);
    EXPECT_EQ(gate_.finished, std::vector{PresentationResult::unanswered});
}

TEST_F(Owa, parked_account_presents_nothing) {
    gate_.closed = true;
    const auto session = log_in({test::to(logon_ + "0"), test::page(200, test::logon_page())});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().cause, Cause::credential_parked);
    EXPECT_EQ(posts(), 0U);
}

struct NoPost {
    const char* name;
    std::vector<http::Response> answers;
    Cause cause;
    std::string path = "/owa/";
};

TEST_F(Owa, password_goes_to_no_form_but_owas_own) {
    const std::vector<NoPost> rows{
        {"form of another host",
         {test::page(200, test::logon_page("https://evil.example/owa/auth.owa"))},
         Cause::login_form_unknown},
        {"form by plain http",
         {test::page(200, test::logon_page("http://mail.contoso.example/owa/auth.owa"))},
         Cause::login_form_unknown},
        {"one-time password",
         {test::page(200, test::logon_page("/owa/auth.owa", "<input name=passcode>"))},
         Cause::multi_factor_required},
        {"adfs", {test::to("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0")}, Cause::front_door},
        {"tmg", {test::to("/CookieAuth.dll?GetLogon?curl=Z2Fowa&reason=0")}, Cause::front_door},
        {"other host", {test::to("https://mail2.contoso.example/owa/")}, Cause::redirected_elsewhere},
        {"plain http", {test::to("http://mail.contoso.example/owa/auth/logon.aspx")}, Cause::redirected_elsewhere},
        {"forms login off",
         {test::response(401, "", {{"WWW-Authenticate", "Basic realm=\"x\""}})},
         Cause::auth_scheme_not_offered},
        {"no /owa on 2003", {test::response(404, "")}, Cause::wrong_url},
        {"maintenance", {test::response(503, "")}, Cause::server_unavailable},
        {"portal", {test::page(200, "<h1>welcome</h1>")}, Cause::login_form_unknown},
        {"loop", std::vector<http::Response>(20, test::to("/owa/")), Cause::unexpected_answer},
    };
    for (const NoPost& row : rows) {
        const auto session = log_in(row.answers, row.path);
        ASSERT_FALSE(session) << row.name;
        EXPECT_EQ(core::code_of(session.error().cause), core::code_of(row.cause)) << row.name;
        EXPECT_EQ(posts(), 0U) << row.name;
    }
    EXPECT_EQ(gate_.begun, 0U);
}

struct Opened {
    const char* name;
    http::Response response;
    Cause cause;
};

TEST_F(Owa, opening_a_mailbox_never_passes_and_tells_refusals) {
    const std::vector<Opened> rows{
        {"shell", test::shell(), Cause::shell_only},
        {"never opened before", test::to("/owa/languageselection.aspx"), Cause::shell_only},
        {"denied", test::error_page("a.OwaExplicitLogonException"), Cause::explicit_logon_denied},
        {"unknown", test::error_page("a.OwaADObjectNotFoundException"), Cause::mailbox_not_found_here},
        {"admin without mailbox", test::error_page("a.UserHasNoMailboxException"), Cause::organization_misconfigured},
        {"throttled", test::error_page("a.OverBudgetException"), Cause::throttled},
        {"elsewhere", test::to("https://mail2.contoso.example/owa/"), Cause::redirected_elsewhere},
        {"down", test::response(503, "", {{"Retry-After", "30"}}), Cause::server_unavailable},
    };
    for (const Opened& row : rows) {
        auto session = log_in({test::to(logon_ + "0"),
                               test::page(200, test::logon_page()),
                               test::logged_in(),
                               test::shell(),
                               row.response});
        ASSERT_TRUE(session) << row.name;
        const auto answer = session->open_mailbox("o'neil+x@contoso.example", deadline_);
        ASSERT_TRUE(answer) << row.name;
        EXPECT_EQ(core::code_of(answer->cause), core::code_of(row.cause)) << row.name;
        EXPECT_EQ(line(4), "GET /owa/o%27neil%2Bx@contoso.example/");
    }
}

TEST_F(Owa, session_that_died_is_about_the_login) {
    auto session = log_in({test::to(logon_ + "0"),
                           test::page(200, test::logon_page()),
                           test::logged_in(),
                           test::shell(),
                           test::to(logon_ + "3")});
    ASSERT_TRUE(session);
    const auto answer = session->open_mailbox("user@contoso.example", deadline_);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, core::Stage::authenticate);
    EXPECT_EQ(answer.error().cause, Cause::session_not_kept);
    session->log_off(deadline_);
    EXPECT_EQ(asked_.size(), 5U) << "no cookies are left to log off with";
}

TEST_F(Owa, session_is_logged_off_once) {
    auto session = log_in({test::to(logon_ + "0"),
                           test::page(200, test::logon_page()),
                           test::logged_in(),
                           test::shell(),
                           test::to(logon_ + "1")});
    ASSERT_TRUE(session);
    session->log_off(deadline_);
    session->log_off(deadline_);
    ASSERT_EQ(asked_.size(), 5U);
    EXPECT_EQ(line(4), "GET /owa/logoff.owa");
    EXPECT_EQ(gate_.finished.back(), PresentationResult::not_sent) << "whoever may not come in is logged off as well";
}

TEST_F(Owa, log_off_that_is_refused_is_a_refusal) {
    auto session = log_in({test::to(logon_ + "0"),
                           test::page(200, test::logon_page()),
                           test::logged_in(),
                           test::shell(),
                           test::to(logon_ + "2")});
    ASSERT_TRUE(session);
    session->log_off(deadline_);
    EXPECT_EQ(gate_.finished.back(), PresentationResult::refused);
}

const char* const page_of_2003 =
    "<html><form name=logonForm method=POST action=/exchweb/bin/auth/owaauth.dll>"
    "<input type=hidden name=destination value='https://mail.contoso.example/exchange'>"
    "<input type=hidden name=flags value=0><input name=username><input type=password name=password>"
    "<input type=radio name=trusted value=0 checked><input type=radio name=trusted value=4>"
    "<input type=submit name=SubmitCreds value='Log On'></form></html>";

http::Response folders() {
    return test::response(
        207,
        "<?xml version=\"1.0\"?><a:multistatus xmlns:a=\"DAV:\" xmlns:d=\"urn:schemas:httpmail:\"><a:response>"
        "<a:href>https://mail.contoso.example/exchange/x/</a:href><a:propstat><a:status>HTTP/1.1 200 OK</a:status>"
        "<a:prop><d:inbox>https://mail.contoso.example/exchange/x/Inbox</d:inbox></a:prop></a:propstat></a:response>"
        "</a:multistatus>",
        {{"MS-WebStorage", "6.5.7638"}});
}

class WebDavForm : public Owa {
protected:
    core::Outcome<OwaSession> log_in_2003(std::vector<http::Response> after_the_page) {
        std::vector<http::Response> answers{
            test::to("https://mail.contoso.example/exchweb/bin/auth/owalogon.asp?url=x&reason=0"),
            test::page(200, page_of_2003)};
        answers.insert(answers.end(), after_the_page.begin(), after_the_page.end());
        return log_in(
            std::move(answers),
            OwaContext{.host = test::owa_host, .path = "/exchange/", .user_agent = "agent/1", .webdav = true});
    }
};

TEST_F(WebDavForm, of_2003_takes_the_page_s_own_fields_and_proves_by_propfind) {
    auto session = log_in_2003({test::logged_in("https://mail.contoso.example/exchange/"), folders(), folders()});
    ASSERT_TRUE(session) << session.error().detail;
    EXPECT_EQ(line(2), "POST /exchweb/bin/auth/owaauth.dll");
    EXPECT_EQ(asked_[2].body,
              "destination=https%3A%2F%2Fmail.contoso.example%2Fexchange%2F&flags=0&username=CONTOSO%5Cmigadmin"
              "&password=pass%26word%3D&trusted=0&SubmitCreds=Log%20On");
    EXPECT_EQ(line(3), "PROPFIND /exchange/migadmin/");
    EXPECT_EQ(gate_.finished, std::vector{PresentationResult::accepted}) << "form and first request are one";
    EXPECT_TRUE(session->serves_more());
    EXPECT_EQ(report_.build, "6.5.7638");
    const auto answer = session->open_mailbox("anna@contoso.example", deadline_);
    ASSERT_TRUE(answer);
    EXPECT_EQ(core::code_of(answer->cause), "ok");
    EXPECT_EQ(line(4), "PROPFIND /exchange/anna@contoso.example/");
    EXPECT_NE(asked_[4].headers.first("Cookie").find("cadata="), std::string_view::npos);
    EXPECT_EQ(asked_[4].headers.first("Depth"), "0");
}

TEST_F(WebDavForm, cookies_for_a_wrong_password_are_one_refused_presentation) {
    for (const http::Response& answer : {test::response(440, ""),
                                         test::to("/exchweb/bin/auth/owalogon.asp?reason=2"),
                                         test::to("/exchweb/bin/auth/owalogon.asp")}) {
        gate_.finished.clear();
        const auto session = log_in_2003({test::logged_in("https://mail.contoso.example/exchange/"), answer});
        ASSERT_FALSE(session);
        EXPECT_EQ(core::code_of(session.error().cause), "credential_refused");
        EXPECT_EQ(gate_.finished, std::vector{PresentationResult::refused});
        EXPECT_EQ(posts(), 1U);
        EXPECT_EQ(asked_.size(), 4U) << "no second look at the same cookies";
    }
}

TEST_F(WebDavForm, an_account_without_a_mailbox_is_logged_in) {
    const auto session = log_in_2003({test::logged_in("https://mail.contoso.example/exchange/"),
                                      test::response(404, "", {{"MS-WebStorage", "6.5.7638"}})});
    ASSERT_TRUE(session) << session.error().detail;
    EXPECT_FALSE(session->has_own_mailbox());
}

TEST_F(WebDavForm, an_answer_that_exchange_did_not_give_proves_no_login) {
    const auto session =
        log_in_2003({test::logged_in("https://mail.contoso.example/exchange/"), test::response(404, "")});
    ASSERT_FALSE(session);
    EXPECT_EQ(core::code_of(session.error().cause), "webdav_unavailable");
    EXPECT_EQ(gate_.finished, std::vector{PresentationResult::unanswered});
}

TEST_F(WebDavForm, a_session_that_ended_later_is_about_the_login) {
    auto session =
        log_in_2003({test::logged_in("https://mail.contoso.example/exchange/"), folders(), test::response(440, "")});
    ASSERT_TRUE(session);
    const auto answer = session->open_mailbox("anna@contoso.example", deadline_);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, core::Stage::authenticate);
    EXPECT_EQ(core::code_of(answer.error().cause), "session_not_kept");
    EXPECT_FALSE(session->serves_more());
}

TEST_F(Owa, page_of_2007_that_script_or_frame_leads_to_is_found) {
    const std::vector<std::string> outer{
        "<script>var a_sUrl = \"https%3a%2f%2fmail.contoso.example%2fowa%2f\"; var a_sLgn = "
        "\"/owa/auth/logon.aspx?replaceCurrent=1&url=\";</script>",
        "<frameset><frame src=\"/owa/auth/logon.aspx?replaceCurrent=1\"></frameset>"};
    for (const std::string& page : outer) {
        const auto session =
            log_in({test::page(200, page),
                    test::page(400, test::logon_page("owaauth.dll", "<input type=hidden name=trusted value=0>")),
                    test::logged_in(),
                    test::shell()});
        ASSERT_TRUE(session) << session.error().detail;
        EXPECT_EQ(asked_[1].target.rfind("/owa/auth/logon.aspx?replaceCurrent=1", 0), 0U);
        EXPECT_EQ(line(2), "POST /owa/auth/owaauth.dll");
        EXPECT_NE(asked_[2].body.find("&trusted=0"), std::string::npos);
    }
}

TEST_F(Owa, script_that_leads_off_the_host_or_in_circles_is_not_followed) {
    for (const char* const page : {"<frameset><frame src=\"https://evil.example/owa/\"></frameset>",
                                   "<frameset><frame src=\"/elsewhere\"></frameset>",
                                   "<frameset><frame src=\"/owa/\"></frameset>"}) {
        const auto session = log_in(std::vector<http::Response>(20, test::page(200, page)));
        ASSERT_FALSE(session);
        EXPECT_EQ(core::code_of(session.error().cause), "login_form_unknown") << page;
        EXPECT_EQ(posts(), 0U);
        EXPECT_LE(asked_.size(), 6U);
    }
}

TEST_F(Owa, names_and_passwords_survive_the_form) {
    for (const std::string name : {"CONTOSO\\migadmin", "migadmin@contoso.example", "m\xc3\xa9gadmin"}) {
        username_ = name;
        password_ = "p&w+%=;\xc3\xa9";
        ASSERT_TRUE(
            log_in({test::to(logon_ + "0"), test::page(200, test::logon_page()), test::logged_in(), test::shell()}));
        EXPECT_NE(asked_[2].body.find("&username=" + http::form_encoded(name) +
                                      "&password=p%26w%2B%25%3D%3B%C3%A9&passwordText=&"),
                  std::string::npos)
            << asked_[2].body;
    }
}

TEST_F(Owa, tmg_s_form_is_posted_to_where_the_operator_says_so) {
    const http::Response to_tmg = test::to("/CookieAuth.dll?GetLogon?curl=Z2Fowa&reason=0&formdir=1");
    const http::Response form =
        test::page(200,
                   "<form method=POST action='/CookieAuth.dll?Logon'><input type=hidden name=curl value=Z2Fowa>"
                   "<input type=hidden name=flags value=0><input type=hidden name=formdir value=1><input name=username>"
                   "<input type=password name=password><input type=submit name=SubmitCreds value='Log On'></form>");
    EXPECT_FALSE(log_in({to_tmg, form}));
    EXPECT_EQ(posts(), 0U);
    ASSERT_TRUE(report_.front_door);
    EXPECT_EQ(report_.front_door->kind, "isa_tmg");
    OwaContext context{test::owa_host, 443, "/owa/", "agent/1"};
    context.tmg = true;
    const auto session = log_in({to_tmg, form, test::logged_in(), test::shell()}, context);
    ASSERT_TRUE(session) << session.error().detail;
    EXPECT_EQ(line(2), "POST /CookieAuth.dll?Logon");
    EXPECT_EQ(asked_[2].body,
              "curl=Z2Fowa&flags=0&formdir=1&username=CONTOSO%5Cmigadmin&password=pass%26word%3D&SubmitCreds=Log%20On");
    const auto refused = log_in({to_tmg, form, test::to("/CookieAuth.dll?GetLogon?curl=Z2Fowa&reason=2")}, context);
    ASSERT_FALSE(refused);
    EXPECT_EQ(core::code_of(refused.error().cause), "credential_refused");
}

TEST_F(Owa, report_says_what_the_page_told_when_the_login_fails) {
    std::string page = test::logon_page();
    page += "<label for=username>Domain\\user name:</label>";
    ASSERT_FALSE(log_in({test::to(logon_ + "0"), test::page(200, page), test::to(logon_ + "2")}));
    EXPECT_EQ(report_.logon_format, "FullDomain");
    EXPECT_EQ(report_.build, "15.2.1748");
    EXPECT_EQ(report_.evidence.http_status, 302);
    ASSERT_FALSE(log_in({test::to("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0&wctx=secret")}));
    ASSERT_TRUE(report_.front_door);
    EXPECT_EQ(report_.front_door->host, "sts.contoso.example");
    EXPECT_EQ(report_.front_door->redirect, "https://sts.contoso.example/adfs/ls/");
}

TEST_F(Owa, circle_after_the_login_is_a_session_that_is_not_kept) {
    const auto session = log_in({test::to(logon_ + "0"),
                                 test::page(200, test::logon_page()),
                                 test::logged_in(),
                                 test::to("/owa/a"),
                                 test::to("/owa/b"),
                                 test::to("/owa/a")});
    ASSERT_FALSE(session);
    EXPECT_EQ(core::code_of(session.error().cause), "session_not_kept");
    EXPECT_EQ(posts(), 1U);
}

TEST_F(Owa, language_page_is_a_login_and_is_never_submitted) {
    const auto by_redirect = log_in({test::to(logon_ + "0"),
                                     test::page(200, test::logon_page()),
                                     test::logged_in("https://mail.contoso.example/owa/languageselection.aspx?url=x")});
    EXPECT_TRUE(by_redirect) << by_redirect.error().detail;
    EXPECT_EQ(asked_.size(), 3U);
    const auto by_page = log_in({test::to(logon_ + "0"),
                                 test::page(200, test::logon_page()),
                                 test::logged_in(),
                                 test::page(200, "<form action=/owa/lang.owa method=POST></form>")});
    EXPECT_TRUE(by_page) << by_page.error().detail;
    EXPECT_EQ(posts(), 1U);
}

} // namespace
} // namespace mailpreflight::ews
