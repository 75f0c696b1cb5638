#include "json/codec.hpp"

#include "json/time.hpp"
#include "json/value.hpp"
#include "tests/json/generators.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::json {
namespace {

using std::chrono::microseconds;

constexpr base::SystemTime noon =
    base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 5)) + std::chrono::hours(12);

core::Observation denied() {
    return {.key = {core::Check::mailbox_impersonation, core::Subject::of_mailbox("contoso", "a@b.example")},
            .at = noon + microseconds(250),
            .state = core::State::fail,
            .cause = core::Cause::impersonation_denied,
            .detail = "ErrorImpersonateUserDenied",
            .facts = {{"build", "15.2.1544"}},
            .stages = {{core::Stage::tls, microseconds(12300)}},
            .evidence = {.http_status = 200, .response_code = "ErrorImpersonateUserDenied"},
            .connected_at = noon};
}

/// What comes back after text and all.
template <typename T>
base::Result<T> through_text(const T& value) {
    const auto parsed = parse(write(to_json(value)));
    if (!parsed) {
        return base::failure(parsed.error());
    }
    return from_json<T>(*parsed);
}

template <typename T>
std::string problem_of(std::string_view text) {
    const auto value = from_json<T>(*parse(text));
    return value ? "none" : value.error().message();
}

TEST(ObservationCodec, speaks_the_words_of_the_design) {
    EXPECT_EQ(write(to_json(denied())),
              R"({"check":"mailbox.impersonation",)"
              R"("subject":{"kind":"mailbox","source":"contoso","name":"a@b.example"},)"
              R"("at":"2026-12-05T12:00:00.000250Z","state":"fail","cause":"impersonation_denied",)"
              R"("detail":"ErrorImpersonateUserDenied","facts":{"build":"15.2.1544"},)"
              R"("stages":[{"stage":"tls","ms":12.3}],)"
              R"("evidence":{"http_status":200,"response_code":"ErrorImpersonateUserDenied"},)"
              R"("connected_at":"2026-12-05T12:00:00.000000Z"})");
}

TEST(ObservationCodec, ignores_members_that_it_does_not_know_and_takes_null_for_missing) {
    const auto read = from_json<core::Observation>(*parse(
        R"({"check":"source.dns","subject":{"kind":"source","source":"contoso","x":1},"at":"2026-12-05T13:00:00+01:00",)"
        R"("state":"pass","cause":"ok","detail":null,"colour":{"red":[1]}})"));

    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read,
              (core::Observation{.key = {core::Check::source_dns, core::Subject::of_source("contoso")},
                                 .at = noon,
                                 .state = core::State::pass,
                                 .cause = core::Cause::ok}));
}

TEST(Codec, names_the_path_of_what_is_missing_or_wrong) {
    const std::string subject = R"("subject":{"kind":"source","source":"contoso"})";
    const std::string at = R"("at":"2026-12-05T12:00:00Z")";

    EXPECT_EQ(problem_of<core::Observation>("[]"), "the JSON value is not an object");
    EXPECT_EQ(problem_of<core::Observation>(R"({"check":"source.dns"})"), "member subject is missing");
    EXPECT_EQ(problem_of<core::Observation>(R"({"check":"source.dns","subject":{"kind":"source"}})"),
              "member subject.source is missing");
    EXPECT_EQ(problem_of<core::Observation>(R"({"check":"source.dns","subject":{"kind":"mailbox","source":"s"}})"),
              "member subject.name is missing");
    EXPECT_EQ(problem_of<core::Observation>(R"({"check":"source.dns",)" + subject + R"(,"at":"noon"})"),
              "member at is not an RFC 3339 time such as 2026-12-05T22:00:00Z");
    EXPECT_EQ(problem_of<core::Observation>(R"({"check":"source.dns",)" + subject + "," + at +
                                            R"(,"state":"pass","cause":"ok","stages":[{"stage":"tls","ms":"x"}]})"),
              "member stages[0].ms is not a number");
    EXPECT_EQ(problem_of<core::Observation>(R"({"check":"source.dns",)" + subject + "," + at +
                                            R"(,"state":"pass","cause":"ok","facts":{"build":7}})"),
              "member facts.build is not a string");
    EXPECT_EQ(problem_of<core::Candidate>(R"({"first":{"check":"source.dns","subject":7}})"),
              "member first.subject is not an object");
}

TEST(Codec, refuses_the_codes_of_a_newer_version) {
    EXPECT_EQ(problem_of<core::TrackKey>(R"({"check":"source.quantum","subject":{"kind":"source","source":"s"}})"),
              "member check is not a known check: \"source.quantum\"");
    EXPECT_EQ(problem_of<core::BaselineEntry>(R"({"state":"pass","cause":"bit_rot","provisional":true,"at":"x"})"),
              "member cause is not a known cause: \"bit_rot\"");
    EXPECT_EQ(problem_of<core::BaselineEntry>(R"({"state":"odd"})"), "member state is not a known state: \"odd\"");
}

TEST(Codec, refuses_numbers_that_their_member_cannot_hold) {
    const std::string start = R"({"check":"source.dns","cause":"ok","count":)";

    EXPECT_EQ(problem_of<core::Finding>(start + "-1}"), "member count is not a whole number from 0");
    EXPECT_EQ(problem_of<core::Finding>(start + "1.5}"), "member count is not a whole number from 0");
    EXPECT_EQ(problem_of<core::Evidence>(R"({"http_status":3000000000})"), "member http_status is not a whole number");
    EXPECT_EQ(problem_of<core::StageTiming>(R"({"stage":"tls","ms":1e300})"),
              "the JSON value has an impossible duration");
}

TEST(ReadinessCodec, tells_machines_the_code_of_the_verdict) {
    const core::Readiness readiness{.batch = "wave1",
                                    .source = "contoso",
                                    .verdict = core::Verdict::no_go,
                                    .judged_at = noon,
                                    .blockers = {{.check = core::Check::ews_login,
                                                  .cause = core::Cause::password_expired,
                                                  .count = 1,
                                                  .examples = {"contoso"}}},
                                    .mailboxes = 50,
                                    .passed = 49,
                                    .failed = 1};

    EXPECT_EQ(
        write(to_json(readiness)),
        R"({"batch":"wave1","source":"contoso","verdict":"no_go","judged_at":"2026-12-05T12:00:00.000000Z",)"
        R"("blockers":[{"check":"ews.login","cause":"password_expired","count":1,"examples":["contoso"]}],)"
        R"("warnings":[],"unknowns":[],"mailboxes":50,"passed":49,"failed":1,"unknown":0,"excepted":0,"moved":0,"not_tested":[]})");
}

TEST(IncidentCodec, lists_at_most_as_many_subjects_as_asked_for_and_counts_them_all) {
    const core::Incident incident{
        .number = 17,
        .source = "contoso",
        .cause = core::Cause::impersonation_denied,
        .opened_at = noon,
        .updated_at = noon,
        .subjects = {denied().key, {core::Check::source_dns, core::Subject::of_source("contoso")}},
        .peak = 2};

    EXPECT_EQ(write(to_json(incident, 1)),
              R"({"id":"I17","number":17,"source":"contoso","cause":"impersonation_denied","direction":"lost",)"
              R"("state":"open","opened_at":"2026-12-05T12:00:00.000000Z","updated_at":"2026-12-05T12:00:00.000000Z",)"
              R"("subject_count":2,"subjects":[{"check":"source.dns","subject":{"kind":"source","source":"contoso"}}],)"
              R"("peak":2})");
}

TEST(LedgerCodec, a_ledger_that_lost_its_refusals_does_not_read_as_a_clean_one) {
    EXPECT_EQ(problem_of<core::AccountLedger>(R"({"fingerprint":"ab"})"), "member refusals is missing");
    EXPECT_EQ(problem_of<core::SprayBrake>(R"({"stopped_at":null})"), "member succeeded is missing");
}

TEST(CatalogueCodec, shows_every_cause) {
    for (const core::CauseInfo& row : core::catalogue()) {
        const Value value = to_json(row);
        EXPECT_EQ(value.at("cause").as_string(), row.code);
        EXPECT_EQ(value.at("state").as_string(), core::name_of(row.state));
        EXPECT_EQ(value.at("certainty").as_string() == "definitive", row.certainty == core::Certainty::definitive);
    }
}

TEST(ExactTime, keeps_microseconds_and_stays_inside_the_years_that_can_be_written) {
    EXPECT_EQ(exact_rfc3339(noon + microseconds(1)), "2026-12-05T12:00:00.000001Z");
    EXPECT_EQ(exact_rfc3339(base::SystemTime(microseconds(-1))), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(exact_rfc3339(base::SystemTime::max()), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(exact_rfc3339(base::SystemTime::min()), "0000-01-01T00:00:00.000000Z");
}

/// Every value is the same after it was written as text and read back.
template <typename T>
void comes_back(const rc::Gen<T>& generator) {
    const T value = *generator;
    const auto back = through_text(value);
    if (!back) {
        RC_FAIL(back.error().message());
    }
    RC_ASSERT(*back == value);
}

RC_GTEST_PROP(Codec, subjects_come_back, ()) {
    comes_back(generators::subject());
}
RC_GTEST_PROP(Codec, track_keys_come_back, ()) {
    comes_back(generators::track_key());
}
RC_GTEST_PROP(Codec, stage_timings_come_back, ()) {
    comes_back(generators::stage_timing());
}
RC_GTEST_PROP(Codec, evidence_comes_back, ()) {
    comes_back(generators::evidence());
}
RC_GTEST_PROP(Codec, observations_come_back, ()) {
    comes_back(generators::observation());
}
RC_GTEST_PROP(Codec, candidates_come_back, ()) {
    comes_back(rc::gen::mapcat(generators::track_key(), generators::candidate_of));
}
RC_GTEST_PROP(Codec, transitions_come_back, ()) {
    comes_back(rc::gen::mapcat(generators::track_key(), generators::transition_of));
}
RC_GTEST_PROP(Codec, baseline_entries_come_back, ()) {
    comes_back(generators::baseline_entry());
}
RC_GTEST_PROP(Codec, drift_comes_back, ()) {
    comes_back(generators::drift());
}
RC_GTEST_PROP(Codec, incidents_come_back, ()) {
    comes_back(generators::incident());
}
RC_GTEST_PROP(Codec, batch_records_come_back, ()) {
    comes_back(generators::batch_record());
}
RC_GTEST_PROP(Codec, findings_come_back, ()) {
    comes_back(generators::finding());
}
RC_GTEST_PROP(Codec, readiness_comes_back, ()) {
    comes_back(generators::readiness());
}
RC_GTEST_PROP(Codec, door_ledgers_come_back, ()) {
    comes_back(generators::door_ledger());
}
RC_GTEST_PROP(Codec, account_ledgers_come_back, ()) {
    comes_back(generators::account_ledger());
}

RC_GTEST_PROP(Codec, spray_brakes_come_back, ()) {
    comes_back(generators::spray_brake());
}
RC_GTEST_PROP(Codec, check_requests_come_back, ()) {
    comes_back(generators::check_request());
}

} // namespace
} // namespace mailpreflight::json
