#include "cli/render.hpp"

#include "cli/text.hpp"
#include "cli/verdict_code.hpp"
#include "golden.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace mailpreflight::cli {
namespace {

using namespace std::chrono_literals;

const base::SystemTime now = base::parse_rfc3339("2026-11-22T12:00:00Z").value();
const Paper narrow{.width = 80};

api::StatusResponse no_go() {
    api::StatusResponse status{
        .version = "0.1.0",
        .started_at = now - 76h,
        .now = now,
        .vantage = {.host = "probe1.example", .user_agent = "mailpreflight/0.1.0"},
        .sources = {{.name = "contoso",
                     .url = "https://mail.contoso.example/owa",
                     .checks = {{.check = core::Check::source_dns,
                                 .latest = api::Look{core::State::pass, core::Cause::ok, now - 2min, ""}},
                                {.check = core::Check::tls_certificate,
                                 .latest = api::Look{core::State::warn,
                                                     core::Cause::certificate_expires_soon,
                                                     now - 2min,
                                                     "expires in 9 days, 2 days before the window of wave1"}},
                                {.check = core::Check::ews_login,
                                 .latest = api::Look{core::State::unknown,
                                                     core::Cause::no_answer,
                                                     now - 1min,
                                                     "no answer within 2m"},
                                 .confirmed = api::Look{core::State::pass, core::Cause::ok, now - 16min, ""}},
                                {.check = core::Check::owa_login}},
                     .account = {.name = "migadmin", .state = api::AccountState::proven, .until = now + 13min},
                     .queued = 12,
                     .in_flight = 2,
                     .paused_until = now + 2min,
                     .paused_why = "the server asked for a pause of 2m",
                     .mailboxes = 312,
                     .last_sweep = now - 5h}},
        .batches = {{.readiness = {.batch = "wave1",
                                   .source = "contoso",
                                   .verdict = core::Verdict::no_go,
                                   .judged_at = now,
                                   .blockers = {{.check = core::Check::mailbox_impersonation,
                                                 .cause = core::Cause::impersonation_denied,
                                                 .count = 12,
                                                 .examples = {"evil\x1b[2J@contoso.example"},
                                                 .remedy =
                                                     "New-ManagementRoleAssignment -Role ApplicationImpersonation "
                                                     "-User 'CONTOSO\\migadmin' -Name mailpreflight"},
                                                {.check = core::Check::account_password,
                                                 .cause = core::Cause::password_ends_before_window,
                                                 .why = "3 days before wave1's window",
                                                 .count = 1,
                                                 .examples = {"contoso"},
                                                 .remedy = "Set a new password before the window",
                                                 .ends_at = now + 10 * 24h}},
                                   .warnings = {{.check = core::Check::tls_certificate,
                                                 .cause = core::Cause::certificate_expires_soon,
                                                 .count = 1,
                                                 .examples = {"contoso"}}},
                                   .unknowns = {{.check = core::Check::mailbox_impersonation,
                                                 .cause = core::Cause::never_looked_at,
                                                 .why = "last seen 40 h ago",
                                                 .count = 1,
                                                 .examples = {"new@contoso.example"}}},
                                   .mailboxes = 50,
                                   .passed = 37,
                                   .failed = 12,
                                   .unknown = 1,
                                   .oldest = now - 20h,
                                   .not_tested = {"full_access", "owa"}},
                     .window = api::WindowTimes{now + 13 * 24h, now + 13 * 24h + 6h, "America/Chicago"},
                     .state = core::BatchState::planned,
                     .max_age = 36h}},
        .open_incidents = 2,
        .receivers = {{.name = "audit"},
                      {.name = "ops", .owed = 3, .owed_since = now - 20min, .dead = 1},
                      {.name = "pager", .problem = "its key file cannot be read"}}};
    return status;
}

TEST(RenderStatus, no_go_names_blockers_and_what_mends_them) {
    const auto text = render(no_go(), narrow);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    expect_golden("status-no-go.txt", text);
}

TEST(RenderStatus, plain_is_a_record_a_line) {
    expect_golden("status-plain.txt", render(no_go(), {.plain = true}));
}

TEST(RenderStatus, colour_only_where_it_is_wanted) {
    expect_golden("status-color.txt", render(no_go(), {.width = 100, .color = true}));
}

TEST(RenderStatus, an_empty_service_says_so) {
    expect_golden("status-empty.txt",
                  render(api::StatusResponse{.version = "0.1.0",
                                             .started_at = now,
                                             .now = now,
                                             .degraded = "the store cannot be written: disk full",
                                             .vantage = {"probe1", "mailpreflight"}},
                         narrow));
}

TEST(ExitCode, of_status_is_the_worst_verdict) {
    api::StatusResponse status;
    const auto add = [&](core::Verdict verdict) { status.batches.push_back({.readiness = {.verdict = verdict}}); };
    EXPECT_EQ(exit_code_of(status), 0);
    add(core::Verdict::go);
    EXPECT_EQ(exit_code_of(status), 0);
    add(core::Verdict::unknown);
    EXPECT_EQ(exit_code_of(status), 3);
    add(core::Verdict::no_go);
    EXPECT_EQ(exit_code_of(status), 1);
    status = {.sources = {{.name = "contoso", .checks = {{.check = core::Check::source_dns}}}}};
    EXPECT_EQ(exit_code_of(status), 3);
}

CheckTally some_check() {
    CheckTally tally;
    tally.take(api::CheckAccepted{.id = "c7", .total = 8});
    const auto key = [](const char* address) {
        return core::TrackKey{core::Check::mailbox_impersonation, core::Subject::of_mailbox("contoso", address)};
    };
    std::uint64_t done = 0;
    for (const char* address : {"a@x.example", "b@x.example", "c@x.example", "d@x.example"}) {
        tally.take(api::CheckObserved{
            core::observe(key(address), now, core::Cause::impersonation_denied, "ErrorImpersonateUserDenied"),
            ++done,
            8});
    }
    tally.take(api::CheckObserved{
        core::observe(key("e@x.example"), now, core::Cause::no_answer, "no answer within 2m"), ++done, 8});
    tally.take(api::CheckObserved{core::observe(key("f@x.example"), now, core::Cause::ok), ++done, 8});
    tally.take(api::CheckWithheld{{core::Check::mailbox_owa, core::Subject::of_mailbox("contoso", "g@x.example")},
                                  core::Cause::credential_parked,
                                  "parked since 11:40",
                                  ++done,
                                  8});
    return tally;
}

TEST(RenderCheck, summary_is_grouped_by_cause_failures_first) {
    auto tally = some_check();
    EXPECT_EQ(tally.exit_code(), 3);
    expect_golden("check-not-over.txt", render(tally, narrow));
    tally.take(api::CheckFinished{.id = "c7", .passed = 2, .failed = 4, .unknown = 1, .withheld = 1});
    EXPECT_EQ(tally.exit_code(), 1);
    expect_golden("check-finished.txt", render(tally, narrow));
    expect_golden("check-plain.txt", render(tally, {.plain = true}));
    tally.finished = api::CheckFinished{.passed = 8};
    EXPECT_EQ(tally.exit_code(), 0);
    tally.finished->withheld = 1;
    EXPECT_EQ(tally.exit_code(), 3);
}

TEST(RenderCheck, the_bar_fits_the_terminal) {
    const auto tally = some_check();
    EXPECT_EQ(progress_bar(tally, narrow), "[###################################.....] 7/8  4 failed");
    EXPECT_EQ(progress_bar(tally, {.width = 40}), "[#####################...] 7/8  4 failed");
    EXPECT_EQ(progress_bar(CheckTally{}, {.width = 40}), "[..................................] 0/0");
    for (std::size_t width = 5; width < 90; ++width) {
        EXPECT_LE(width_of(progress_bar(tally, {.width = width})), width);
    }
}

TEST(RenderLists, tables_fit_the_width_and_plain_ones_are_whole) {
    api::MailboxesResponse page{
        .mailboxes = {{.address = "a-very-long-address-of-somebody-with-a-long-name@subsidiary.contoso.example",
                       .source = "contoso",
                       .batches = {"wave1", "wave2"},
                       .checks = {{.check = core::Check::mailbox_impersonation,
                                   .state = core::State::fail,
                                   .cause = core::Cause::mailbox_not_found_here,
                                   .at = now}}},
                      {.address = "new@contoso.example", .source = "contoso", .batches = {"wave1"}}},
        .next = "new@contoso.example"};
    const auto text = render(page, now, narrow);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(width_of(line), 80U) << line;
    }
    expect_golden("mailboxes.txt", text);
    expect_golden("mailboxes-plain.txt", render(page, now, {.plain = true}));
    EXPECT_EQ(render(api::MailboxesResponse{}, now, narrow), "No mailbox fits.\n");
}

TEST(RenderLists, timeline_and_what_was_accepted) {
    const api::BaselineChange change{.subject = "a@contoso.example",
                                     .check = core::Check::mailbox_impersonation,
                                     .before = core::State::pass,
                                     .before_cause = core::Cause::ok,
                                     .now = core::State::warn,
                                     .now_cause = core::Cause::mailbox_recreated,
                                     .facts = "root_id was A, is B",
                                     .since = now - 2h};
    const api::BaselineChange unknown{.check = core::Check::server_version, .since = now - 1h};
    std::string text = render(
        api::DiffBaselineResponse{
            .source = "contoso", .differ = 2, .same = 310, .too_old = 1, .differences = {change, unknown}, .next = "x"},
        now,
        narrow);
    text += "\n" + render(api::DiffBaselineResponse{.source = "contoso", .same = 312}, now, narrow);
    text += "\n" + render(api::BaselineHistoryResponse{.history = {{.at = now,
                                                                    .source = "contoso",
                                                                    .scope = "cause mailbox_recreated",
                                                                    .by = "uid 1000 (anna)",
                                                                    .reason = "restored from the backup",
                                                                    .accepted = 40,
                                                                    .changed = 12,
                                                                    .changes = {change}}},
                                                       .next = now},
                          now,
                          narrow);
    text += "\n" + render(api::BaselineHistoryResponse{}, now, narrow);
    const api::TimelineResponse timeline{.of = "contoso",
                                         .kind = "source",
                                         .timeline = {{.at = now,
                                                       .kind = "incident",
                                                       .text = "I17 acknowledged: ticket 4711",
                                                       .source = "contoso",
                                                       .incident = "I17",
                                                       .by = "uid 1000 (anna)"},
                                                      {.at = now - 1h,
                                                       .kind = "observation",
                                                       .text = "tls.certificate is fail (certificate_expired, was ok)",
                                                       .source = "contoso",
                                                       .check = core::Check::tls_certificate}},
                                         .next = now - 1h};
    text += "\n" + render(timeline, narrow);
    text += "\n" + render(api::TimelineResponse{}, narrow);
    text += "\n" + render(timeline, {.plain = true});
    expect_golden("timeline.txt", text);
}

TEST(RenderLists, drift_incidents_baseline_accounts) {
    std::string text;
    text += render(api::DriftResponse{.drift = {{.source = "contoso",
                                                 .subject = "a@contoso.example",
                                                 .check = core::Check::mailbox_impersonation,
                                                 .before_cause = core::Cause::ok,
                                                 .after_cause = core::Cause::impersonation_denied,
                                                 .first_seen = now,
                                                 .incident = "I17"}}},
                   now + 90min,
                   narrow);
    text += "\n" + render(api::IncidentsResponse{{{.id = "I17",
                                                   .source = "contoso",
                                                   .cause = core::Cause::impersonation_denied,
                                                   .state = core::IncidentState::acknowledged,
                                                   .opened_at = now - 3h,
                                                   .updated_at = now,
                                                   .subjects = 412,
                                                   .peak = 412,
                                                   .examples = {"a@contoso.example"},
                                                   .batches = {{"wave1", 12}},
                                                   .sentence = "The server denies it.",
                                                   .remedy = "New-ManagementRoleAssignment",
                                                   .acknowledged_by = "uid 1000 (anna)",
                                                   .comment = "ticket 4711"}}},
                          now,
                          narrow);
    text += "\n" + render(api::BaselineResponse{.baseline = {{.source = "contoso",
                                                              .check = core::Check::server_version,
                                                              .provisional = true,
                                                              .at = now}}},
                          now + 90min,
                          narrow);
    text +=
        "\n" +
        render(api::AcceptBaselineResponse{.accepted = 3, .too_old = 1, .refused = {{.subject = "a@contoso.example"}}},
               narrow);
    text +=
        "\n" +
        render(
            api::AccountsResponse{
                {{.sight = {.name = "migadmin",
                            .state = api::AccountState::parked,
                            .since = now - 2h,
                            .why = "401 after NTLM type 3"},
                  .username = "CONTOSO\\migadmin",
                  .accepted_at = now - 3h,
                  .presentations = 17,
                  .refusals = 1,
                  .refused_at = now - 2h,
                  .refused_source = "contoso",
                  .refused_door = "owa",
                  .refused_why = "OWA asks for a new password",
                  .refused_cause = core::Cause::password_expired,
                  .refused_evidence = "192.0.2.7:443, X-FEServer EX01, request-id 4f2c",
                  .other_secret_from = now,
                  .password_expires = now + 30 * 24h,
                  .doors = {{.source = "contoso",
                             .door = "owa",
                             .parked_at = now - 2h,
                             .why = "OWA asks for a new password",
                             .cause = core::Cause::password_expired}}},
                 {.sight = {.name = "other",
                            .state = api::AccountState::withheld,
                            .until = now + 5h,
                            .why = "2 presentations were refused within 24 h"},
                  .username = "FABRIKAM\\admin",
                  .presentations = 1,
                  .refusals = 2,
                  .next_try = now + 5h},
                 {.sight = {.name = "twice",
                            .state = api::AccountState::parked,
                            .since = now - 1h,
                            .why = "401 after Basic"},
                  .username = "CONTOSO\\twice",
                  .refusals = 2,
                  .other_secret_from = now + 22h,
                  .doors =
                      {{.source = "contoso", .door = "ews", .why = "401", .cause = core::Cause::credential_refused},
                       {.source = "contoso",
                        .door = "owa",
                        .accepted_at = now - 3h,
                        .why = "reason=2",
                        .cause = core::Cause::credential_refused},
                       {.source = "contoso", .door = "proxy"}}},
                 {.sight = {.name = "well", .state = api::AccountState::proven, .until = now + 13min},
                  .username = "well@contoso.example",
                  .accepted_at = now - 2min,
                  .presentations = 96,
                  .next_try = now}},
                {{.source = "contoso",
                  .passwords = 60,
                  .stopped_at = now - 2h,
                  .why = "5 different accounts were refused in a row",
                  .refused_in_a_row = 5,
                  .newest = 17,
                  .refused_of_newest = 6},
                 {.source = "fabrikam", .passwords = 1},
                 {.source = "well", .passwords = 400, .succeeded = true, .newest = 50, .refused_of_newest = 1}}},
            now,
            narrow);
    text +=
        "\n" +
        render(api::ReloadResponse{.changed = true, .changes = {"batch wave2: new"}, .warnings = {"a.csv:3: doubtful"}},
               narrow);
    expect_golden("lists.txt", text);
}

TEST(RenderExplain, tells_evidence_remedy_and_history) {
    auto seen =
        core::observe({core::Check::mailbox_impersonation, core::Subject::of_mailbox("contoso", "a@contoso.example")},
                      now,
                      core::Cause::impersonation_denied,
                      "the service account may not impersonate");
    seen.evidence = {.url = "https://mail.contoso.example/ews/exchange.asmx",
                     .http_status = 500,
                     .response_code = "ErrorImpersonateUserDenied",
                     .request_id = "4f2c",
                     .front_end = "EX01",
                     .back_end = "EX02"};
    expect_golden("explain.txt",
                  render(
                      api::ExplainResponse{
                          .of = "a@contoso.example",
                          .kind = "mailbox",
                          .source = "contoso",
                          .sentences = {"It does not open by impersonation since 2026-11-22 12:00 UTC."},
                          .checks = {{.check = core::Check::mailbox_impersonation,
                                      .state = core::State::fail,
                                      .cause = core::Cause::impersonation_denied,
                                      .since = now,
                                      .last_good = now - 1h,
                                      .sentence = "The server denies it.",
                                      .mender = core::Mender::source_administrator,
                                      .remedy = "New-ManagementRoleAssignment -Role ApplicationImpersonation",
                                      .now = seen,
                                      .pending = api::PendingLook{.cause = core::Cause::ok,
                                                                  .first_seen = now,
                                                                  .next_look = now + 15min}}},
                          .gates = {{.check = core::Check::ews_login, .open = true},
                                    {.check = core::Check::owa_login, .open = false, .detail = "fails since 11:00"}},
                          .history = {{.at = now,
                                       .check = core::Check::mailbox_impersonation,
                                       .before = core::State::pass,
                                       .before_cause = core::Cause::ok,
                                       .after = core::State::fail,
                                       .after_cause = core::Cause::impersonation_denied}},
                          .batches = {"wave1"},
                          .incident = "I17"},
                      narrow));
}

TEST(RenderExplain, tells_the_catalogues_entry_of_a_cause) {
    EXPECT_EQ(render(api::ExplainResponse{.of = "throttled",
                                          .kind = "cause",
                                          .sentences = {"The server asked us to slow down; we do.",
                                                        "I17 is open with it on contoso: 3."},
                                          .catalogue = api::ExplainedCause{.cause = core::Cause::throttled,
                                                                           .link = "https://learn.microsoft.com/a",
                                                                           .incidents = {"I17"}}},
                     narrow),
              "throttled  cause\n"
              "  The server asked us to slow down; we do.\n"
              "  I17 is open with it on contoso: 3.\n"
              "  Read more: https://learn.microsoft.com/a\n");
}

TEST(RenderNotices, tell_what_arrived_what_waits_and_what_is_dead) {
    const auto notice = [](std::string id, core::OwedState state, std::uint64_t attempts, std::string detail) {
        return api::NoticeRow{.id = std::move(id),
                              .receiver = "ops",
                              .group = "I17",
                              .notice_class = core::NoticeClass::rights,
                              .status = core::NoticeStatus::firing,
                              .severity = core::Severity::critical,
                              .at = now - 3min,
                              .title = "impersonation_denied lost on contoso, 412 mailboxes",
                              .reason = "opened",
                              .state = state,
                              .attempts = attempts,
                              .detail = std::move(detail)};
    };
    const api::NoticesResponse notices{
        {notice("I17.4.ops", core::OwedState::owed, 0, ""),
         notice("I17.3.ops", core::OwedState::owed, 2, "smtp.example.net: 451 try again later"),
         notice("I17.2.ops", core::OwedState::dead, 1, "https://hooks.example: 401"),
         notice("I17.1.ops", core::OwedState::delivered, 1, "https://hooks.example: 200")}};
    expect_golden("notices.txt", render(notices, now, narrow));
    expect_golden("notices-plain.txt", render(notices, now, {.plain = true}));
    EXPECT_EQ(render(api::NoticesResponse{}, now, narrow), "No notice.\n");
}

TEST(RenderProbe, a_step_tells_time_cause_evidence_and_remedy) {
    runner::ProbeStep step{.name = "impersonation a@contoso.example",
                           .seen = core::observe({core::Check::mailbox_impersonation,
                                                  core::Subject::of_mailbox("contoso", "a@contoso.example")},
                                                 now,
                                                 core::Cause::impersonation_denied,
                                                 "ErrorImpersonateUserDenied: no"),
                           .remedy = "New-ManagementRoleAssignment -Role ApplicationImpersonation",
                           .took = 12'345us};
    step.seen.evidence = {.http_status = 500,
                          .response_code = "ErrorImpersonateUserDenied",
                          .request_id = "25aa2861-8592-dfe0-8f6f-d40fed911a2a",
                          .front_end = "EX01",
                          .back_end = "MBX01",
                          .peer = "192.0.2.7:443"};
    expect_golden("probe-step.txt", render(step, narrow));
}

TEST(RenderWatch, an_event_is_a_line_and_a_heartbeat_none) {
    std::string text;
    for (const api::WatchLine& line :
         std::vector<api::WatchLine>{api::WatchHello{.version = "0.1.0", .now = now, .missed = true},
                                     api::WatchEvent{.kind = api::WatchKind::observation_changed,
                                     .at = now,
                                     .text = "pass -> fail: impersonation_denied",
                                     .subject = "a@contoso.example",
                                     .state = core::State::fail},
                                     api::Heartbeat{now},
                                     api::Skipped{3},
                                     api::Stopping{}}) {
        text += render(line, narrow);
    }
    expect_golden("watch.txt", text);
}

} // namespace
} // namespace mailpreflight::cli
