#include "ews/owa_session.hpp"

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
    void finish(std::uint64_t, PresentationResult result, std::string_view, bool) override {
        finished.push_back(result);
    }
};

class Owa : public testing::Test {
protected:
    core::Outcome<OwaSession> log_in(std::vector<http::Response> answers, const std::string& path = "/owa/") {
        answers_ = std::move(answers);
        auto identity = std::make_shared<http::Identity>(
            http::Identity{"migadmin", "CONTOSO\\migadmin", base::Secret("pass&word="), "fingerprint"});
        OwaWire wire{[this](const http::Request& request, const base::Deadline&) -> core::Outcome<http::Response> {
                         asked_.push_back(request);
                         if (asked_.size() > answers_.size()) {
                             return core::failed(core::Stage::exchange, Cause::connection_lost, "cut");
                         }
                         return answers_[asked_.size() - 1];
                     },
                     [] { return true; },
                     [] { return true; }};
        return OwaSession::log_in(
            wire, {test::owa_host, 443, path, "agent/1"}, identity, gate_, {"contoso", "owa"}, true, deadline_);
    }

    std::string line(std::size_t i) const {
        return asked_.at(i).method + " " + asked_.at(i).target;
    }
    std::size_t posts() const {
        return static_cast<std::size_t>(std::count_if(
            asked_.begin(), asked_.end(), [](const http::Request& request) { return request.method == "POST"; }));
    }

    Gate gate_;
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
    EXPECT_EQ(session->build(), "15.2.1748.10");
    EXPECT_TRUE(session->has_own_mailbox());
    EXPECT_EQ(session->evidence().back_end, "BE1");
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
         Cause::login_form_unknown},
        {"adfs", {test::to("https://sts.contoso.example/adfs/ls/?wa=wsignin1.0")}, Cause::front_door},
        {"tmg", {test::to("/CookieAuth.dll?GetLogon?curl=Z2Fowa&reason=0")}, Cause::front_door},
        {"other host", {test::to("https://mail2.contoso.example/owa/")}, Cause::redirected_elsewhere},
        {"plain http", {test::to("http://mail.contoso.example/owa/auth/logon.aspx")}, Cause::redirected_elsewhere},
        {"forms login off",
         {test::response(401, "", {{"WWW-Authenticate", "Basic realm=\"x\""}})},
         Cause::auth_scheme_not_offered},
        {"no /exchange on 2013", {test::response(404, "")}, Cause::wrong_url, "/exchange/"},
        {"maintenance", {test::response(503, "")}, Cause::server_unavailable},
        {"portal", {test::page(200, "<h1>welcome</h1>")}, Cause::login_form_unknown},
        {"loop", std::vector<http::Response>(20, test::to("/owa/")), Cause::unexpected_answer},
    };
    for (const NoPost& row : rows) {
        asked_.clear();
        const auto session = log_in(row.answers, row.path);
        ASSERT_FALSE(session) << row.name;
        EXPECT_EQ(core::code_of(session.error().cause), core::code_of(row.cause)) << row.name;
        EXPECT_EQ(posts(), 0U) << row.name;
    }
    EXPECT_EQ(gate_.begun, 0U);
}

TEST_F(Owa, exchange_as_an_alias_of_owa_is_followed) {
    const auto session = log_in({test::to("https://mail.contoso.example/owa"),
                                 test::to(logon_ + "0"),
                                 test::page(200, test::logon_page()),
                                 test::logged_in(),
                                 test::shell()},
                                "/exchange/");
    EXPECT_TRUE(session) << session.error().detail;
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
        asked_.clear();
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
    EXPECT_EQ(gate_.finished.back(), PresentationResult::accepted);
}

} // namespace
} // namespace mailpreflight::ews
