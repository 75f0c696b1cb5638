#include "daemon/metrics.hpp"

#include "tests/core/wave1.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <prometheus/text_serializer.h>
#include <sstream>

namespace mailpreflight::daemon {
namespace {

using namespace std::chrono_literals;
using core::believed;
using core::Cause;
using core::Check;
using core::look;
using core::mailbox_key;
using core::noon;
using core::source_key;
using testing::ElementsAre;
using testing::IsEmpty;

/// Source contoso with anna and bert on the list of wave1.
State state_of_wave1() {
    State state;
    state.plan = core::plan();
    state.names["contoso"].account_name = "migadmin";
    state.readiness["wave1"].batch = "wave1";
    state.readiness["wave1"].source = "contoso";
    state.readiness["wave1"].mailboxes = 2;
    return state;
}

/// The lines of one family, without its name and its comments.
std::vector<std::string>
samples(const State& state, const std::string& name, const MetricCounts& counts = {}, base::SystemTime now = noon) {
    std::istringstream text(
        prometheus::TextSerializer().Serialize(all_metrics({.state = state, .counts = counts, .now = now})));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) {
        const bool is_it = line.starts_with(name) && (line[name.size()] == '{' || line[name.size()] == ' ');
        if (is_it) {
            lines.push_back(line.substr(name.size()));
        }
    }
    return lines;
}

TEST(Metrics, a_verdict_is_one_for_itself_and_zero_for_the_others) {
    State state = state_of_wave1();
    state.readiness["wave1"].verdict = core::Verdict::no_go;
    EXPECT_THAT(samples(state, "mailpreflight_readiness"),
                ElementsAre(R"({batch="wave1",verdict="go"} 0)",
                            R"({batch="wave1",verdict="no_go"} 1)",
                            R"({batch="wave1",verdict="unknown"} 0)"));
}

TEST(Metrics, a_batch_that_is_done_keeps_its_state_and_its_window_alone) {
    State state = state_of_wave1();
    state.plan.batches[0].window = core::Window{noon - 3h, noon - 1h, "UTC"};
    state.plan.batches[0].record.done_at = noon;
    EXPECT_THAT(samples(state, "mailpreflight_batch_state"),
                ElementsAre(R"({batch="wave1",state="planned"} 0)",
                            R"({batch="wave1",state="frozen"} 0)",
                            R"({batch="wave1",state="moving"} 0)",
                            R"({batch="wave1",state="done"} 1)"));
    EXPECT_THAT(samples(state, "mailpreflight_window_start_timestamp_seconds"),
                ElementsAre(R"({batch="wave1"} 1796115600)"));
    EXPECT_THAT(samples(state, "mailpreflight_window_end_timestamp_seconds"),
                ElementsAre(R"({batch="wave1"} 1796122800)"));
    EXPECT_THAT(samples(state, "mailpreflight_readiness"), IsEmpty());
    EXPECT_THAT(samples(state, "mailpreflight_mailboxes"), IsEmpty());
}

TEST(Metrics, mailboxes_are_counted_as_the_verdict_counts_them_and_those_that_warn_apart) {
    State state = state_of_wave1();
    state.tracks[mailbox_key("anna@contoso.example")] =
        believed(look(mailbox_key("anna@contoso.example"), noon, Cause::address_is_alias));
    state.tracks[mailbox_key("bert@contoso.example")] =
        believed(look(mailbox_key("bert@contoso.example"), noon, Cause::impersonation_denied));
    core::Readiness& readiness = state.readiness["wave1"];
    readiness.passed = 1;
    readiness.failed = 1;
    readiness.excepted = 5;
    readiness.moved = 6;
    EXPECT_THAT(samples(state, "mailpreflight_mailboxes"),
                ElementsAre(R"({source="contoso",batch="wave1",state="pass"} 0)",
                            R"({source="contoso",batch="wave1",state="warn"} 1)",
                            R"({source="contoso",batch="wave1",state="fail"} 1)",
                            R"({source="contoso",batch="wave1",state="unknown"} 0)"));
    EXPECT_THAT(samples(state, "mailpreflight_mailboxes_excepted"),
                ElementsAre(R"({source="contoso",batch="wave1"} 5)"));
    EXPECT_THAT(samples(state, "mailpreflight_mailboxes_moved"), ElementsAre(R"({source="contoso",batch="wave1"} 6)"));
    EXPECT_THAT(samples(state, "mailpreflight_mailbox_results"),
                ElementsAre(R"({source="contoso",batch="wave1",cause="impersonation_denied"} 1)",
                            R"({source="contoso",batch="wave1",cause="address_is_alias"} 1)"));
    EXPECT_THAT(samples(state, "mailpreflight_access"),
                ElementsAre(R"({source="contoso",batch="wave1",method="impersonation"} 1)"));
}

TEST(Metrics, what_is_too_old_opens_nothing) {
    State state = state_of_wave1();
    for (const char* const address : {"anna@contoso.example", "bert@contoso.example"}) {
        state.tracks[mailbox_key(address)] = believed(look(mailbox_key(address), noon - 48h, Cause::ok));
    }
    EXPECT_THAT(samples(state, "mailpreflight_access"),
                ElementsAre(R"({source="contoso",batch="wave1",method="impersonation"} 0)"));
    EXPECT_THAT(samples(state, "mailpreflight_mailbox_results"),
                ElementsAre(R"({source="contoso",batch="wave1",cause="never_looked_at"} 2)"));
}

TEST(Metrics, the_age_is_that_of_the_oldest_look_of_the_verdict_beside_what_is_allowed) {
    State state = state_of_wave1();
    state.readiness["wave1"].oldest = noon - 90s;
    state.readiness["wave1"].judged_at = noon - 1s;
    EXPECT_THAT(samples(state, "mailpreflight_oldest_result_age_seconds"),
                ElementsAre(R"({source="contoso",batch="wave1"} 90)"));
    EXPECT_THAT(samples(state, "mailpreflight_result_max_age_seconds"),
                ElementsAre(R"({source="contoso",batch="wave1"} 129600)"));
    EXPECT_THAT(samples(state, "mailpreflight_last_judged_timestamp_seconds"),
                ElementsAre(R"({source="contoso",batch="wave1"} 1796126399)"));
}

TEST(Metrics, a_sweep_began_with_its_oldest_look_and_never_before_each_mailbox_was_looked_at) {
    State state = state_of_wave1();
    state.tracks[mailbox_key("anna@contoso.example")] =
        believed(look(mailbox_key("anna@contoso.example"), noon - 60s, Cause::ok));
    EXPECT_THAT(samples(state, "mailpreflight_sweep_start_timestamp_seconds"), IsEmpty());
    state.tracks[mailbox_key("bert@contoso.example")] =
        believed(look(mailbox_key("bert@contoso.example"), noon, Cause::impersonation_denied));
    EXPECT_THAT(samples(state, "mailpreflight_sweep_start_timestamp_seconds"),
                ElementsAre(R"({source="contoso"} 1796126340)"));
}

TEST(Metrics, findings_of_a_verdict_add_up_by_weight_and_cause) {
    State state = state_of_wave1();
    state.readiness["wave1"].blockers = {
        {.check = Check::mailbox_impersonation, .cause = Cause::impersonation_denied, .why = "x", .count = 3},
        {.check = Check::mailbox_full_access, .cause = Cause::impersonation_denied, .why = "y", .count = 4}};
    state.readiness["wave1"].unknowns = {{.cause = Cause::never_looked_at, .count = 1}};
    EXPECT_THAT(samples(state, "mailpreflight_findings"),
                ElementsAre(R"({batch="wave1",weight="blocker",cause="impersonation_denied"} 7)",
                            R"({batch="wave1",weight="unknown",cause="never_looked_at"} 1)"));
}

TEST(Metrics, a_source_is_up_while_name_connection_and_certificate_are_good_whatever_the_login_says) {
    State state = state_of_wave1();
    EXPECT_THAT(samples(state, "mailpreflight_source_up"), IsEmpty()) << "nobody looked yet";
    const auto seen = [&](Check check, Cause cause) {
        state.tracks[source_key(check)] = believed(look(source_key(check), noon, cause));
    };
    seen(Check::source_dns, Cause::ok);
    seen(Check::source_tcp, Cause::ok);
    seen(Check::tls_certificate, Cause::certificate_expires_soon);
    seen(Check::ews_login, Cause::credential_refused);
    EXPECT_THAT(samples(state, "mailpreflight_source_up"), ElementsAre(R"({source="contoso"} 1)"));
    state.tracks[source_key(Check::source_tcp)].latest =
        look(source_key(Check::source_tcp), noon, Cause::internal_error); // unknown
    EXPECT_THAT(samples(state, "mailpreflight_source_up"), ElementsAre(R"({source="contoso"} 0)"));
}

TEST(Metrics, of_several_addresses_behind_a_name_the_worst_counts_and_none_becomes_a_label) {
    State state = state_of_wave1();
    for (const auto& [address, cause] :
         {std::pair("192.0.2.7:443", Cause::address_unreachable), std::pair("192.0.2.8:443", Cause::ok)}) {
        const core::TrackKey key{Check::source_address, core::Subject::of_address("contoso", address)};
        state.tracks[key] = believed(look(key, noon, cause));
    }
    const std::string worst(core::name_of(core::state_of(Cause::address_unreachable)));
    const auto lines = samples(state, "mailpreflight_source_check");
    ASSERT_EQ(lines.size(), 4U);
    for (const std::string& line : lines) {
        EXPECT_EQ(line.ends_with(" 1"), line.find("state=\"" + worst + "\"") != std::string::npos) << line;
        EXPECT_EQ(line.find("192.0.2"), std::string::npos) << line;
    }
}

TEST(Metrics, offers_that_nobody_knows_are_not_told) {
    State state = state_of_wave1();
    state.tracks[source_key(Check::ews_login)] =
        believed(look(source_key(Check::ews_login), noon, Cause::ok, {{"offers", "NTLM Evil\"Scheme Basic"}}));
    EXPECT_THAT(samples(state, "mailpreflight_auth_offered"),
                ElementsAre(R"({source="contoso",scheme="basic"} 1)",
                            R"({source="contoso",scheme="bearer"} 0)",
                            R"({source="contoso",scheme="negotiate"} 0)",
                            R"({source="contoso",scheme="ntlm"} 1)"));
}

TEST(Metrics, ends_are_told_also_when_they_have_passed) {
    State state = state_of_wave1();
    state.tracks[source_key(Check::tls_certificate)] = believed(look(source_key(Check::tls_certificate),
                                                                     noon,
                                                                     Cause::certificate_expired,
                                                                     {{"not_after", base::to_rfc3339(noon - 1s)}}));
    state.tracks[source_key(Check::account_password)] =
        believed(look(source_key(Check::account_password),
                      noon,
                      Cause::password_expired,
                      {{"password_expires", base::to_rfc3339(noon - 2s)}, {"account_expires", "never"}}));
    EXPECT_THAT(samples(state, "mailpreflight_certificate_expiry_timestamp_seconds"),
                ElementsAre(R"({source="contoso"} 1796126399)"));
    const auto families = account_metrics(
        {.state = state, .counts = {}, .now = noon, .accounts = {{.name = "migadmin"}, {.name = "other"}}});
    const auto ends = std::find_if(families.begin(), families.end(), [](const auto& family) {
        return family.name == "mailpreflight_credential_expiry_timestamp_seconds";
    });
    ASSERT_NE(ends, families.end());
    ASSERT_EQ(ends->metric.size(), 1U);
    EXPECT_EQ(ends->metric[0].label[0].value, "migadmin");
    EXPECT_EQ(ends->metric[0].gauge.value, 1796126398);
}

TEST(Metrics, an_incident_that_is_acknowledged_is_no_longer_open_but_keeps_its_subjects) {
    State state = state_of_wave1();
    core::Incident incident{.number = 1, .source = "contoso", .cause = Cause::impersonation_denied};
    incident.subjects = {mailbox_key("anna@contoso.example"), mailbox_key("bert@contoso.example")};
    state.incidents = {incident};
    const std::string labels = R"({source="contoso",cause="impersonation_denied",direction="lost"})";
    EXPECT_THAT(samples(state, "mailpreflight_incident_open"), ElementsAre(labels + " 1"));
    state.incidents[0].state = core::IncidentState::acknowledged;
    EXPECT_THAT(samples(state, "mailpreflight_incident_open"), IsEmpty());
    EXPECT_THAT(samples(state, "mailpreflight_incident_subjects"), ElementsAre(labels + " 2"));
    EXPECT_THAT(samples(state, "mailpreflight_incidents"),
                ElementsAre(R"({source="contoso",state="open"} 0)",
                            R"({source="contoso",state="acknowledged"} 1)",
                            R"({source="contoso",state="resolved"} 0)"));
}

TEST(Metrics, what_the_configuration_does_not_name_has_no_series) {
    State state;
    state.incidents = {{.number = 1, .source = "gone", .cause = Cause::blind}};
    state.readiness["gone"].batch = "gone";
    MetricCounts counts;
    counts.sources["gone"].throttled = 1;
    const std::string text = prometheus::TextSerializer().Serialize(
        all_metrics({.state = state, .counts = counts, .now = noon, .loads = {{"gone", {}}}}));
    EXPECT_EQ(text.find("gone\""), std::string::npos) << text;
}

TEST(Metrics, a_histogram_counts_up_to_all_and_drift_begins_at_zero) {
    MetricCounts counts;
    counts.sources["contoso"].stages[core::Stage::exchange].note(7ms);
    counts.sources["contoso"].stages[core::Stage::exchange].note(90s);
    counts.sources["contoso"].stages[core::Stage::judge].note(1s); // no time on the wire
    const State state = state_of_wave1();
    const auto buckets = samples(state, "mailpreflight_check_duration_seconds_bucket", counts);
    ASSERT_EQ(buckets.size(), DurationCounts::bounds.size() + 1);
    EXPECT_EQ(buckets.front(), R"({source="contoso",stage="soap",le="0.005"} 0)");
    EXPECT_EQ(buckets[1], R"({source="contoso",stage="soap",le="0.01"} 1)");
    EXPECT_EQ(buckets.back(), R"({source="contoso",stage="soap",le="+Inf"} 2)");
    EXPECT_THAT(samples(state, "mailpreflight_drift_events_total", counts),
                ElementsAre(R"({source="contoso",direction="lost"} 0)",
                            R"({source="contoso",direction="gained"} 0)",
                            R"({source="contoso",direction="changed"} 0)"));
}

TEST(Metrics, ten_thousand_failing_mailboxes_make_no_more_series_than_ten_and_no_address_is_told) {
    const auto text_for = [](int mailboxes) {
        State state = state_of_wave1();
        auto& list = state.plan.batches[0].list.mailboxes;
        list.clear();
        core::Incident incident{.number = 1, .source = "contoso", .cause = Cause::impersonation_denied};
        for (int i = 0; i < mailboxes; ++i) {
            list.push_back({.address = "user" + std::to_string(i) + "@contoso.example"});
            const core::TrackKey key = mailbox_key(list.back().address);
            state.tracks[key] = believed(look(key, noon, Cause::impersonation_denied));
            incident.subjects.insert(key);
        }
        state.incidents = {incident};
        state.readiness["wave1"].blockers = {{.check = Check::mailbox_impersonation,
                                              .cause = Cause::impersonation_denied,
                                              .count = incident.subjects.size(),
                                              .examples = {"user0@contoso.example"}}};
        return prometheus::TextSerializer().Serialize(all_metrics({.state = state, .counts = {}, .now = noon}));
    };
    const std::string few = text_for(10);
    const std::string many = text_for(10'000);
    EXPECT_EQ(std::count(few.begin(), few.end(), '\n'), std::count(many.begin(), many.end(), '\n'));
    EXPECT_EQ(many.find('@'), std::string::npos);
}

TEST(Metrics, every_family_has_its_help_and_counters_end_with_total) {
    const State state = state_of_wave1();
    for (const prometheus::MetricFamily& family : all_metrics({.state = state, .counts = {}, .now = noon})) {
        EXPECT_FALSE(family.help.empty()) << family.name;
        EXPECT_EQ(family.name.ends_with("_total"), family.type == prometheus::MetricType::Counter) << family.name;
        EXPECT_TRUE(family.name.starts_with("mailpreflight_") || family.name.starts_with("process_")) << family.name;
    }
}

} // namespace
} // namespace mailpreflight::daemon
