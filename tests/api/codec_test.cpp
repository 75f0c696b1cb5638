#include "api/client.hpp"
#include "api/http_form.hpp"
#include "api/service.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mailpreflight::api {
namespace {

using namespace std::chrono_literals;

const base::SystemTime noon = base::parse_rfc3339("2026-12-05T12:00:00.000250Z").value();

core::Readiness some_readiness() {
    return {.batch = "wave1",
            .source = "contoso",
            .verdict = core::Verdict::no_go,
            .judged_at = noon,
            .blockers = {{.check = core::Check::mailbox_impersonation,
                          .cause = core::Cause::impersonation_denied,
                          .count = 3,
                          .examples = {"a@contoso.example"},
                          .remedy = "New-ManagementRoleAssignment"}},
            .mailboxes = 50,
            .passed = 47,
            .failed = 3};
}

StatusResponse some_status() {
    return {.version = "0.1.0",
            .started_at = noon,
            .now = noon,
            .degraded = "the store cannot be written",
            .vantage = {.host = "probe1", .user_agent = "mailpreflight"},
            .sources = {{.name = "contoso",
                         .url = "https://mail.contoso.example/owa",
                         .checks = {{.check = core::Check::ews_login,
                                     .latest = Look{core::State::pass, core::Cause::ok, noon, ""},
                                     .confirmed = std::nullopt}},
                         .account = {.name = "migadmin", .state = AccountState::proven, .until = noon},
                         .queued = 4,
                         .mailboxes = 50}},
            .batches = {{.readiness = some_readiness(),
                         .window = WindowTimes{noon, noon + 6h, "America/Chicago"},
                         .state = core::BatchState::planned,
                         .max_age = 36h}},
            .open_incidents = 1};
}

template <typename T>
void expect_round_trip(const T& value) {
    const auto again = from_text<T>(to_text(value), {.unknown_fields_are_errors = true});
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(*again, value) << to_text(value);
}

TEST(ApiCodec, every_response_is_the_same_after_its_json_was_read_back) {
    expect_round_trip(VersionResponse{.version = "0.1.0", .started_at = noon});
    expect_round_trip(some_status());
    expect_round_trip(some_readiness());
    expect_round_trip(MailboxesResponse{.mailboxes = {{.address = "a@contoso.example",
                                                       .source = "contoso",
                                                       .batches = {"wave1"},
                                                       .labels = {{"Database", "DB03"}},
                                                       .checks = {{.check = core::Check::mailbox_owa,
                                                                   .state = core::State::fail,
                                                                   .cause = core::Cause::owa_disabled,
                                                                   .at = noon}}}},
                                        .next = "a@contoso.example"});
    expect_round_trip(
        ExplainResponse{.of = "a@contoso.example",
                        .kind = "mailbox",
                        .source = "contoso",
                        .sentences = {"It works."},
                        .checks = {{.check = core::Check::mailbox_impersonation,
                                    .mender = core::Mender::source_administrator,
                                    .now = core::observe({core::Check::mailbox_impersonation,
                                                          core::Subject::of_mailbox("contoso", "a@contoso.example")},
                                                         noon,
                                                         core::Cause::impersonation_denied),
                                    .pending = PendingLook{.next_look = noon}}},
                        .gates = {{.check = core::Check::ews_login, .open = true}},
                        .history = {{.at = noon, .before = core::State::pass, .before_cause = core::Cause::ok}},
                        .batches = {"wave1"},
                        .incident = "I17"});
    expect_round_trip(ExplainResponse{.of = "throttled",
                                      .kind = "cause",
                                      .catalogue = ExplainedCause{.cause = core::Cause::throttled,
                                                                  .certainty = core::Certainty::definitive,
                                                                  .shown_by = {"ews.login"},
                                                                  .link = "https://learn.microsoft.com/",
                                                                  .incidents = {"I17"}}});
    expect_round_trip(DriftResponse{.drift = {{.source = "contoso", .direction = core::Direction::gained}}});
    expect_round_trip(IncidentsResponse{.incidents = {{.id = "I17", .batches = {{"wave1", 3}}}}});
    expect_round_trip(BaselineResponse{.baseline = {{.source = "contoso", .facts = {{"build", "15.1"}}}}});
    const BaselineChange change{.subject = "a@x.example",
                                .before = core::State::pass,
                                .before_cause = core::Cause::ok,
                                .now = core::State::warn,
                                .now_cause = core::Cause::mailbox_recreated,
                                .facts = "root_id was A, is B",
                                .since = noon};
    expect_round_trip(DiffBaselineResponse{
        .source = "contoso", .differ = 1, .same = 3, .too_old = 2, .differences = {change}, .next = "x"});
    expect_round_trip(BaselineHistoryResponse{.history = {{.at = noon,
                                                           .source = "contoso",
                                                           .scope = "all",
                                                           .by = "uid 0",
                                                           .reason = "as is",
                                                           .accepted = 4,
                                                           .changed = 1,
                                                           .changes = {change}}},
                                              .next = noon});
    expect_round_trip(TimelineResponse{.of = "I17",
                                       .kind = "incident",
                                       .timeline = {{.at = noon,
                                                     .kind = "observation",
                                                     .text = "it failed",
                                                     .source = "contoso",
                                                     .subject = "a@x.example",
                                                     .batch = "wave1",
                                                     .incident = "I17",
                                                     .by = "uid 0",
                                                     .check = core::Check::mailbox_owa,
                                                     .state = core::State::fail,
                                                     .cause = core::Cause::owa_disabled}},
                                       .next = noon});
    expect_round_trip(BatchResponse{
        .status = some_status().batches[0],
        .now = noon,
        .prove = {"impersonation"},
        .destination = "hosted-exchange",
        .sweep_interval = 6h,
        .list_problems = {"line 3: no address"},
        .pending = PendingListRow{.digest = "3b1f", .read_at = noon, .rows = 3, .dropped = 1, .added = 0},
        .exceptions = {{.address = "a@x.example", .in_force = true, .at = noon, .by = "uid 0", .reason = "left"}},
        .done_at = noon});
    expect_round_trip(ExceptResponse{.batch = "wave1", .zone = "UTC"});
    expect_round_trip(ConfirmBatchResponse{.batch = "wave1", .mailboxes = 26, .dropped = 14});
    expect_round_trip(DoneBatchResponse{.batch = "wave1", .done_at = noon, .text = "batch wave1 is done"});
    expect_round_trip(ForgetBatchResponse{.batch = "wave1", .addresses = 40});
    expect_round_trip(
        AcceptBaselineResponse{.accepted = 3, .changed = 2, .too_old = 1, .refused = {{.subject = "a@x.example"}}});
    expect_round_trip(ReloadResponse{.changed = true, .changes = {"batch wave2: new"}});
    expect_round_trip(AccountsResponse{.accounts = {{.sight = {.name = "migadmin", .state = AccountState::parked},
                                                     .doors = {{.source = "contoso", .door = "ews"}}}},
                                       .spray_brakes = {{.source = "contoso", .passwords = 60, .stopped_at = noon}}});
    expect_round_trip(ReleaseSprayBrakeResponse{.source = "contoso", .was_stopped = true});
    const NoticeRow notice{.id = "I17.3.ops",
                           .receiver = "ops",
                           .group = "I17",
                           .notice_class = core::NoticeClass::rights,
                           .status = core::NoticeStatus::firing,
                           .severity = core::Severity::critical,
                           .at = noon,
                           .title = "impersonation_denied lost on contoso, 412 mailboxes",
                           .reason = "opened",
                           .state = core::OwedState::dead,
                           .attempts = 3,
                           .tried_at = noon,
                           .detail = "401 Unauthorized"};
    expect_round_trip(NoticesResponse{.notices = {notice}});
    expect_round_trip(TestReceiverResponse{.notice = notice});
    expect_round_trip(RetryNoticesResponse{.owed = 3});
    expect_round_trip(problem(409, "it is locked"));
}

TEST(ApiCodec, every_request_is_the_same_after_it_was_http) {
    const auto expect_same = [](const CallInfo& info, const auto& request) {
        const auto http = to_http(info, request);
        const auto question = http.target.find('?');
        const auto path = match_path(info.path, http.target.substr(0, question));
        ASSERT_TRUE(path) << http.target;
        const auto fields = fields_of(
            *path, question == std::string::npos ? "" : std::string_view(http.target).substr(question + 1), http.body);
        ASSERT_TRUE(fields) << fields.error().message();
        const auto again = from_fields<std::decay_t<decltype(request)>>(info, *fields);
        ASSERT_TRUE(again) << again.error().message();
        EXPECT_EQ(*again, request);
    };
    expect_same(ReadinessCall::info, ReadinessRequest{.batch = "wave 1/ä"});
    expect_same(CheckCall::info, CheckRequest{.targets = {"contoso", "a@x.example"}, .wait = false});
    expect_same(CancelCheckCall::info, CancelCheckRequest{.id = "c7"});
    expect_same(MailboxesCall::info,
                MailboxesRequest{.source = "contoso",
                                 .state = core::State::fail,
                                 .cause = core::Cause::owa_disabled,
                                 .after = "o'brien+x@y.example",
                                 .limit = 1000});
    expect_same(ExplainCall::info, ExplainRequest{.of = "a&b=c@contoso.example"});
    expect_same(IncidentsCall::info, IncidentsRequest{.state = core::IncidentState::open});
    expect_same(AcknowledgeCall::info, AcknowledgeRequest{.id = "I17", .comment = "known"});
    expect_same(AcceptBaselineCall::info,
                AcceptBaselineRequest{.source = "contoso",
                                      .subjects = {"a@x.example"},
                                      .batch = "wave1",
                                      .cause = core::Cause::mailbox_moved,
                                      .reason = "moved"});
    expect_same(DiffBaselineCall::info,
                DiffBaselineRequest{.source = "contoso",
                                    .subject = "a@x.example",
                                    .batch = "wave1",
                                    .cause = core::Cause::mailbox_moved,
                                    .after = "x",
                                    .limit = 3});
    expect_same(BaselineHistoryCall::info, BaselineHistoryRequest{.source = "contoso", .before = noon, .limit = 3});
    expect_same(TimelineCall::info, TimelineRequest{.of = "I17", .before = noon, .limit = 3});
    expect_same(BatchCall::info, BatchRequest{.batch = "wave 1/ä"});
    expect_same(ExceptCall::info,
                ExceptRequest{.address = "a@x.example", .batch = "wave1", .reason = "left", .until = "window"});
    expect_same(ConfirmBatchCall::info, ConfirmBatchRequest{.batch = "wave1", .digest = "3b1f"});
    expect_same(DoneBatchCall::info, DoneBatchRequest{.batch = "wave1"});
    expect_same(ForgetBatchCall::info, ForgetBatchRequest{.batch = "wave1"});
    expect_same(WatchCall::info, WatchRequest{.after = 17});
    expect_same(RetryAccountCall::info, RetryAccountRequest{.name = "migadmin", .force = true});
    expect_same(NoticesCall::info,
                NoticesRequest{.state = core::OwedState::owed, .receiver = "ops", .id = "I17.3.ops", .limit = 7});
    expect_same(RetryNoticesCall::info, RetryNoticesRequest{.receiver = "ops"});
    expect_same(TestReceiverCall::info, TestReceiverRequest{.receiver = "ops"});
    expect_same(ReleaseSprayBrakeCall::info, ReleaseSprayBrakeRequest{.source = "contoso"});
}

TEST(ApiCodec, a_request_that_is_wrong_says_where) {
    struct Row {
        std::string body;
        std::string says;
    };
    for (const auto& [body, says] : {Row{R"({"targets":"all"})", "targets"},
                                     Row{R"({"targets":[1]})", "targets[0]"},
                                     Row{R"({"wiat":true})", "wiat"},
                                     Row{R"([])", "object"},
                                     Row{R"({"wait":"yes"})", "wait"},
                                     Row{R"({)", "JSON"}}) {
        auto fields = fields_of({}, "", body);
        const auto error = fields ? from_fields<CheckRequest>(CheckCall::info, *fields).error() : fields.error();
        EXPECT_NE(error.message().find(says), std::string::npos) << body << " says " << error.message();
    }
    const auto fields = fields_of({}, "limit=1001", "");
    EXPECT_EQ(from_fields<MailboxesRequest>(MailboxesCall::info, *fields).error().message(),
              "limit: expected 1 to 1000");
}

TEST(ApiCodec, a_query_is_refused_when_it_is_badly_encoded_or_says_a_thing_twice) {
    EXPECT_TRUE(parse_query("a=%41+b&c").has_value());
    EXPECT_EQ(parse_query("a=%41+b&c").value(), (NamedTexts{{"a", "A b"}, {"c", ""}}));
    for (const auto* query : {"a=%4", "a=%zz", "a=%00", "a=1&a=2", "=1", "a=%ff"}) {
        EXPECT_FALSE(parse_query(query)) << query;
    }
}

TEST(ApiCodec, a_path_fits_only_its_pattern) {
    EXPECT_EQ(match_path("/v1/checks/{id}", "/v1/checks/c%207"), (NamedTexts{{"id", "c 7"}}));
    EXPECT_FALSE(match_path("/v1/checks/{id}", "/v1/checks/"));
    EXPECT_FALSE(match_path("/v1/checks/{id}", "/v1/checks/a/b"));
    EXPECT_FALSE(match_path("/v1/checks/{id}", "/v1/checks/%0a"));
    EXPECT_FALSE(match_path("/v1/status", "/v1/status/"));
}

TEST(ApiCodec, events_are_lines_with_their_word) {
    const core::TrackKey key{core::Check::mailbox_owa, core::Subject::of_mailbox("contoso", "a@x.example")};
    const std::vector<CheckEvent> events{
        CheckAccepted{.id = "c7", .total = 2},
        CheckObserved{.observation = core::observe(key, noon, core::Cause::ok), .done = 1, .total = 2},
        CheckWithheld{.key = key, .cause = core::Cause::credential_parked, .detail = "parked", .done = 2, .total = 2},
        CheckFinished{.id = "c7", .passed = 1, .withheld = 1},
        Heartbeat{noon},
        Skipped{3},
        Stopping{},
    };
    for (const CheckEvent& event : events) {
        const auto again = event_of<CheckEvent>(line_of(event));
        ASSERT_TRUE(again) << again.error().message();
        EXPECT_EQ(*again, event) << line_of(event);
    }
    EXPECT_EQ(line_of(events[0]), R"({"event":"accepted","id":"c7","total":2})");
    const WatchLine incident =
        WatchEvent{.kind = WatchKind::incident, .id = 4, .at = noon, .text = "grew", .incident = "I17", .subjects = 12};
    EXPECT_EQ(
        line_of(incident),
        R"({"event":"incident","id":4,"at":"2026-12-05T12:00:00.000250Z","text":"grew","incident":"I17","subjects":12})");
    EXPECT_EQ(event_of<WatchLine>(line_of(incident)).value(), incident);
    EXPECT_EQ(event_of<WatchLine>(R"({"event":"of the future","id":4})").value(), std::nullopt);
    EXPECT_FALSE(event_of<WatchLine>(R"({"id":4})"));
}

TEST(ApiCalls, have_names_and_places_of_their_own) {
    std::set<std::string_view> names;
    std::set<std::pair<std::string_view, Method>> places;
    for (const CallInfo& info : all_calls()) {
        EXPECT_TRUE(names.insert(info.name).second) << info.name;
        EXPECT_TRUE(places.insert({info.path, info.method}).second) << info.path;
        EXPECT_TRUE(info.path.starts_with("/v1/")) << info.path;
        EXPECT_EQ(info.privilege == Privilege::admin, info.method != Method::get) << info.path;
    }
    EXPECT_EQ(names.size(), 29U);
}

TEST(ApiProblem, errors_become_http_by_one_table) {
    EXPECT_EQ(problem_of(base::Error(base::ErrorCode::not_found, "no such batch", "wave9")),
              (Problem{.type = "urn:mailpreflight:problem:not-found",
                       .title = "There is no such thing",
                       .status = 404,
                       .detail = "no such batch: wave9"}));
    EXPECT_EQ(problem_of(base::Error(base::ErrorCode::conflict, "locked")).status, 409);
}

TEST(ApiClient, says_why_nobody_answers) {
    Client client({.socket = "/nonexistent/control.sock"});
    const auto answer = client.call<StatusCall>({});
    ASSERT_FALSE(answer);
    const auto* const unreachable = std::get_if<Unreachable>(&answer.error());
    ASSERT_NE(unreachable, nullptr);
    EXPECT_EQ(unreachable->os_error, ENOENT);
}

} // namespace
} // namespace mailpreflight::api
