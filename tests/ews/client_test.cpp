#include "ews/client.hpp"

#include "tests/ews/support.hpp"

#include <rapidcheck.h>

namespace mailpreflight::ews {
namespace {

using core::Cause;
using test::soap;

/// A lane that plays its answers and keeps what was asked.
struct Script {
    std::vector<http::Response> answers;
    std::vector<http::Request> asked;
    bool alive = true;
    bool authenticated = true;

    Wire wire() {
        return {[this](const http::Request& request) -> core::Outcome<http::Response> {
                    asked.push_back(request);
                    if (asked.size() > answers.size()) {
                        return core::failed(core::Stage::exchange, Cause::connection_lost, "no more answers");
                    }
                    return answers[asked.size() - 1];
                },
                [this] { return alive; },
                [this] { return authenticated; }};
    }
};

struct Opened {
    const char* name;
    http::Response response;
    Cause impersonation;
    Cause full_access;
};

TEST(Open, is_what_msgfolderroot_says) {
    const std::vector<Opened> rows{
        {"opened", soap("root-opened"), Cause::ok, Cause::ok},
        {"rights not told", soap("root-rights-not-told"), Cause::ok, Cause::ok},
        {"no right to read", soap("root-without-read"), Cause::root_not_readable, Cause::root_not_readable},
        {"two messages for one id", soap("root-two-messages"), Cause::unexpected_answer, Cause::unexpected_answer},
        {"not found", soap("root-not-found"), Cause::root_not_readable, Cause::access_denied},
        {"moved recently", soap("root-moved-recently"), Cause::mailbox_moving, Cause::mailbox_moving},
        {"denied", soap("root-access-denied"), Cause::root_not_readable, Cause::access_denied},
        {"moved", soap("moved-mailbox"), Cause::mailbox_moved, Cause::mailbox_moved},
        {"none", soap("no-such-mailbox"), Cause::mailbox_not_found_here, Cause::mailbox_not_found_here},
        {"busy", soap("busy-in-message"), Cause::throttled, Cause::throttled},
        {"busy inside", soap("inner-busy"), Cause::throttled, Cause::throttled},
        {"new code", soap("unheard-of"), Cause::unknown_response_code, Cause::unknown_response_code},
        {"impersonation denied",
         soap("fault-impersonation-denied", 500),
         Cause::impersonation_denied,
         Cause::impersonation_denied},
        {"fault of 2007", soap("fault-2007", 500), Cause::impersonation_denied, Cause::impersonation_denied},
        {"fault at 200", soap("fault-gromox", 200), Cause::impersonation_denied, Cause::impersonation_denied},
        {"fault at 403",
         soap("fault-impersonation-denied", 403),
         Cause::impersonation_denied,
         Cause::impersonation_denied},
        {"an https namespace", soap("other-namespace"), Cause::unexpected_answer, Cause::unexpected_answer},
        {"another operation", soap("id-malformed"), Cause::unexpected_answer, Cause::unexpected_answer},
        {"no soap", test::response(403, ""), Cause::ews_access_blocked, Cause::ews_access_blocked},
    };
    for (const Opened& row : rows) {
        for (const bool impersonate : {true, false}) {
            Script script{{row.response}, {}};
            CallContext context = test::context();
            const auto answer = impersonate ? open_by_impersonation(script.wire(), context, "user@contoso.example")
                                            : open_by_full_access(script.wire(), context, "user@contoso.example");
            ASSERT_TRUE(answer) << row.name;
            EXPECT_EQ(core::code_of(answer->cause), core::code_of(impersonate ? row.impersonation : row.full_access))
                << row.name;
            EXPECT_EQ(script.asked.size(), 1U) << row.name;
        }
    }
}

TEST(Open, keeps_the_evidence) {
    Script script{{soap("fault-busy", 500)}, {}};
    CallContext context = test::context();
    const auto answer = open_by_impersonation(script.wire(), context, "user@contoso.example");
    ASSERT_TRUE(answer);
    core::Evidence expected;
    expected.url = "https://mail.contoso.example/EWS/Exchange.asmx";
    expected.http_status = 500;
    expected.response_code = "ErrorServerBusy";
    expected.message = "The server cannot service this request right now. Try again later.";
    expected.request_id = "r-1";
    expected.client_request_id = script.asked.front().headers.first("client-request-id");
    expected.front_end = "FE1";
    expected.back_end = "BE1";
    EXPECT_EQ(answer->evidence, expected);
    EXPECT_EQ(answer->back_off, base::Duration(std::chrono::milliseconds(297749)));
    EXPECT_EQ(answer->server_version, std::nullopt) << "2010 and later fault without a header";
}

TEST(Open, digests_the_root_and_tells_the_version) {
    Script script{{soap("root-opened")}, {}};
    CallContext context = test::context();
    const auto answer = open_by_full_access(script.wire(), context, "user@contoso.example");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->root_id_digest, "5be9320b2226fb444e99a75fdb4af5df5b5eda5fe35cbe0bd2f59f8d64172c08");
    ASSERT_TRUE(answer->server_version);
    EXPECT_EQ(*answer->server_version, (ServerVersion{15, 2, 1544, 4, "V2017_07_11"}));
}

TEST(Open, reads_the_wait_out_of_the_text) {
    Script script{{soap("busy-in-message")}, {}};
    CallContext context = test::context();
    const auto answer = open_by_full_access(script.wire(), context, "user@contoso.example");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->back_off, base::Duration(std::chrono::seconds(5)));
}

TEST(Open, asks_an_alias_once_more_by_its_primary_address) {
    Script script{{soap("fault-not-primary", 500), soap("root-opened")}, {}};
    CallContext context = test::context();
    const auto answer = open_by_impersonation(script.wire(), context, "alias@contoso.example");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->cause, Cause::address_is_alias);
    EXPECT_EQ(answer->primary_address, "user@contoso.example");
    EXPECT_FALSE(answer->root_id_digest.empty());
    ASSERT_EQ(script.asked.size(), 2U);
    EXPECT_EQ(script.asked[1].headers.first("X-AnchorMailbox"), "user@contoso.example");
    EXPECT_NE(script.asked[1].body.find("<t:PrimarySmtpAddress>user@contoso.example<"), std::string::npos);
}

TEST(Open, is_never_a_warning_for_an_alias_that_did_not_open) {
    const std::vector<std::vector<http::Response>> stories{
        {soap("fault-not-primary-unnamed", 500)},
        {soap("fault-not-primary", 500), soap("fault-not-primary", 500)},
        {soap("fault-not-primary", 500), soap("fault-impersonation-denied", 500)},
        {soap("fault-not-primary", 500), test::response(200, "")},
    };
    for (const auto& story : stories) {
        Script script{story, {}};
        CallContext context = test::context();
        const auto answer = open_by_impersonation(script.wire(), context, "alias@contoso.example");
        ASSERT_TRUE(answer);
        EXPECT_NE(core::state_of(answer->cause), core::State::warn) << core::code_of(answer->cause);
        EXPECT_NE(core::state_of(answer->cause), core::State::pass);
        EXPECT_EQ(script.asked.size(), story.size());
    }
}

TEST(Version, is_stepped_down_once_and_remembered) {
    Script script{{soap("fault-version", 500), soap("root-opened"), soap("root-opened")}, {}};
    CallContext context = test::context();
    ASSERT_EQ(open_by_impersonation(script.wire(), context, "a@contoso.example")->cause, Cause::ok);
    EXPECT_EQ(context.version, RequestVersion::exchange2007_sp1);
    EXPECT_NE(script.asked[0].body.find("Exchange2010_SP1"), std::string::npos);
    EXPECT_NE(script.asked[1].body.find("Exchange2007_SP1"), std::string::npos);
    ASSERT_EQ(open_by_impersonation(script.wire(), context, "b@contoso.example")->cause, Cause::ok);
    EXPECT_EQ(script.asked.size(), 3U);
}

TEST(Version, is_kept_where_the_older_one_is_refused_too) {
    Script script{{soap("fault-schema", 500), soap("fault-schema", 500)}, {}};
    CallContext context = test::context();
    const auto answer = open_by_impersonation(script.wire(), context, "a@contoso.example");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->cause, Cause::request_rejected);
    EXPECT_TRUE(answer->version_refused);
    EXPECT_EQ(context.version, RequestVersion::exchange2010_sp1);
}

TEST(Version, is_stepped_down_at_the_next_look_where_the_connection_closed) {
    Script script{{soap("fault-version", 500)}, {}, false};
    CallContext context = test::context();
    const auto answer = open_by_impersonation(script.wire(), context, "a@contoso.example");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::connection_lost);
    EXPECT_EQ(context.version, RequestVersion::exchange2007_sp1);
}

TEST(Probe, is_proven_by_a_complaint_about_its_dummy) {
    Script script{{soap("id-malformed")}, {}};
    CallContext context = test::context();
    const auto answer = probe_service(script.wire(), context);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->cause, Cause::ok);
    EXPECT_TRUE(answer->server_version);
}

TEST(Probe, is_proven_where_an_application_is_told_to_name_a_mailbox) {
    Script script{{soap("fault-mailbox-not-named", 500)}, {}};
    CallContext context = test::context();
    const auto answer = probe_service(script.wire(), context);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->cause, Cause::ok);
    EXPECT_EQ(answer->detail, "the service answered; of an application it wants a mailbox named");
}

TEST(Probe, is_not_proven_by_an_answer_that_nobody_logged_in_for) {
    for (const auto& response : {soap("id-malformed"), soap("root-opened"), test::response(200, "hello")}) {
        Script script{{response}, {}, true, false};
        CallContext context = test::context();
        const auto answer = probe_service(script.wire(), context);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->cause, Cause::unexpected_answer);
        Script again{{response}, {}, true, false};
        const auto opened = open_by_impersonation(again.wire(), context, "a@contoso.example");
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->cause, Cause::unexpected_answer);
    }
}

struct Told {
    const char* name;
    Found found;
    const char* primary;
    Cause cause;
};

TEST(Resolve, tells_what_the_directory_knows_for_sure) {
    const std::vector<Told> rows{
        {"resolve-mailbox", Found::mailbox, "User@Contoso.example", Cause::ok},
        {"resolve-alias", Found::mailbox, "primary@contoso.example", Cause::ok},
        {"resolve-group", Found::other_recipient, "user@contoso.example", Cause::ok},
        {"resolve-contact", Found::mailbox, "user@contoso.example", Cause::ok},
        {"resolve-longer-address", Found::several, "", Cause::ok},
        {"resolve-several", Found::mailbox, "user@contoso.example", Cause::ok},
        {"resolve-none", Found::none, "", Cause::mailbox_not_found_here},
        {"resolve-caller-has-no-mailbox", Found::not_told, "", Cause::admin_has_no_mailbox},
        {"root-opened", Found::not_told, "", Cause::unexpected_answer},
        {"fault-busy", Found::not_told, "", Cause::throttled},
    };
    for (const Told& row : rows) {
        Script script{{soap(row.name)}, {}};
        CallContext context = test::context();
        const auto answer = resolve_address(script.wire(), context, "user@contoso.example");
        ASSERT_TRUE(answer) << row.name;
        EXPECT_EQ(answer->found, row.found) << row.name;
        EXPECT_EQ(answer->primary, row.primary) << row.name;
        EXPECT_EQ(core::code_of(answer->cause), core::code_of(row.cause)) << row.name;
    }
}

TEST(Answers, cut_at_any_byte_open_nothing) {
    for (const char* const name :
         {"root-opened", "root-access-denied", "fault-impersonation-denied", "fault-not-primary"}) {
        const std::string whole = test::answer_named(name);
        for (std::size_t cut = 0; cut + 1 < whole.size(); ++cut) {
            const std::string text = whole.substr(0, cut);
            Script script{.answers = {test::response(200, text), test::response(200, text)}};
            CallContext context = test::context();
            const auto answer = open_by_impersonation(script.wire(), context, "anna@contoso.example");
            ASSERT_TRUE(answer) << name << " " << cut;
            EXPECT_EQ(answer->cause, Cause::unexpected_answer) << name << " " << cut;
        }
    }
}

TEST(Answers, to_another_question_open_nothing) {
    for (const char* const name : {"resolve-mailbox", "id-malformed", "root-two-messages", "other-namespace"}) {
        Script script{.answers = {soap(name)}};
        CallContext context = test::context();
        const auto answer = open_by_full_access(script.wire(), context, "anna@contoso.example");
        ASSERT_TRUE(answer) << name;
        EXPECT_EQ(answer->cause, Cause::unexpected_answer) << name;
    }
}

TEST(Answers, of_arbitrary_bytes_open_nothing) {
    EXPECT_TRUE(rc::check([](const std::string& body) {
        const int status = *rc::gen::inRange(100, 600);
        Script script{{test::response(status, body)}, {}};
        CallContext context = test::context();
        const auto answer = open_by_full_access(script.wire(), context, "a@contoso.example");
        RC_ASSERT(answer.has_value());
        RC_ASSERT(core::state_of(answer->cause) != core::State::pass);
    }));
    const std::string good = test::answer_named("root-access-denied");
    EXPECT_TRUE(rc::check([&](unsigned char byte) {
        std::string bent = good;
        bent[*rc::gen::inRange<std::size_t>(0, bent.size())] = static_cast<char>(byte);
        Script script{{test::response(200, bent)}, {}};
        CallContext context = test::context();
        const auto answer = open_by_full_access(script.wire(), context, "a@contoso.example");
        RC_ASSERT(answer.has_value());
        RC_ASSERT(core::state_of(answer->cause) != core::State::pass);
    }));
}

} // namespace
} // namespace mailpreflight::ews
