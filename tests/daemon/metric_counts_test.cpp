#include "daemon/metric_counts.hpp"

#include "tests/core/values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::daemon {
namespace {

using namespace std::chrono_literals;
using core::noon;

core::CheckRequest request_for(core::TrackKey key) {
    core::CheckRequest request;
    request.key = std::move(key);
    return request;
}

core::Incident incident(std::uint64_t number, core::Direction direction = core::Direction::lost) {
    core::Incident one;
    one.number = number;
    one.source = "contoso";
    one.direction = direction;
    return one;
}

TEST(DurationCounts, a_duration_falls_into_the_first_bucket_that_holds_it) {
    DurationCounts counts;
    counts.note(0us);
    counts.note(5ms);
    counts.note(6ms);
    counts.note(90s);
    DurationCounts expected;
    expected.counts[0] = 2;
    expected.counts[1] = 1;
    expected.counts.back() = 1;
    expected.sum_seconds = 90.011;
    EXPECT_EQ(counts.counts, expected.counts);
    EXPECT_DOUBLE_EQ(counts.sum_seconds, expected.sum_seconds);
}

TEST(MetricCounts, a_look_counts_by_its_own_state_and_each_stage_of_its_dial_once) {
    const core::TrackKey login = core::source_key(core::Check::ews_login);
    checks::Looked looked;
    looked.observations = {core::look(core::source_key(core::Check::source_tcp), noon, core::Cause::ok),
                           core::look(login, noon, core::Cause::credential_refused)};
    looked.observations[0].stages = {{core::Stage::resolve, 1ms}, {core::Stage::connect, 20ms}};
    looked.observations[1].stages = {
        {core::Stage::resolve, 1ms}, {core::Stage::connect, 20ms}, {core::Stage::authenticate, 7ms}};
    MetricCounts counts;
    count_look(counts, request_for(login), looked);

    SourceCounts expected;
    expected.checks[{core::Check::ews_login, LookOutcome::fail}] = 1;
    expected.stages[core::Stage::resolve].note(1ms);
    expected.stages[core::Stage::connect].note(20ms);
    expected.stages[core::Stage::authenticate].note(7ms);
    EXPECT_EQ(counts.sources, (std::map<std::string, SourceCounts>{{"contoso", expected}}));
}

TEST(MetricCounts, what_stands_behind_a_closed_gate_is_withheld_like_what_was_never_run) {
    const auto request = request_for(core::mailbox_key("anna@contoso.example"));
    checks::Looked looked;
    looked.gate = core::Failure{};
    MetricCounts counts;
    count_look(counts, request, looked);
    count_withheld(counts, request);
    EXPECT_EQ(counts.sources.at("contoso").checks,
              (decltype(SourceCounts::checks){{{core::Check::mailbox_impersonation, LookOutcome::withheld}, 2}}));
}

TEST(MetricCounts, an_answer_that_asks_to_slow_down_counts_with_the_time_it_names) {
    const auto request = request_for(core::mailbox_key("anna@contoso.example"));
    checks::Looked looked;
    looked.back_off = 30s;
    MetricCounts counts;
    count_look(counts, request, looked);
    looked.back_off = 0s; // it only said busy
    count_look(counts, request, looked);
    EXPECT_EQ(counts.sources.at("contoso").throttled, 2U);
    EXPECT_EQ(counts.sources.at("contoso").asked_to_wait, base::Duration(30s));
}

TEST(MetricCounts, incidents_count_what_came_into_drift_by_direction_and_nothing_twice) {
    State state;
    state.incidents = {incident(1), incident(2, core::Direction::gained)};
    state.incidents[0].subjects = {core::mailbox_key("anna@contoso.example")};
    MetricCounts counts = counts_from(state); // one subject was in drift before the start
    News news;
    news.incidents = {{core::IncidentChangeKind::grew, 1, 4}, {core::IncidentChangeKind::opened, 2, 2}};
    count_news(counts, state, news);
    news.incidents = {{core::IncidentChangeKind::shrank, 1, 2}};
    count_news(counts, state, news);
    news.incidents = {{core::IncidentChangeKind::grew, 1, 2}, // one left, another came
                      {core::IncidentChangeKind::spoke_again, 1, 2}};
    count_news(counts, state, news);
    EXPECT_EQ(counts.sources.at("contoso").drift,
              (decltype(SourceCounts::drift){{core::Direction::lost, 3 + 1}, {core::Direction::gained, 2}}));

    news.incidents = {{core::IncidentChangeKind::resolved, 1, 2}};
    count_news(counts, state, news);
    EXPECT_EQ(counts.incident_sizes, (std::map<std::uint64_t, std::size_t>{{2, 2}}));
}

TEST(MetricCounts, another_certificate_is_a_change_and_the_first_one_is_none) {
    const core::TrackKey key = core::source_key(core::Check::tls_certificate);
    const auto with = [&](const char* sha256) { return core::look(key, noon, core::Cause::ok, {{"sha256", sha256}}); };
    News news;
    news.transitions = {{key, std::nullopt, with("a"), noon, noon},
                        {key, with("a"), with("b"), noon, noon},
                        {key, with("b"), with("b"), noon, noon}};
    MetricCounts counts;
    count_news(counts, State{}, news);
    EXPECT_EQ(counts.sources.at("contoso").certificate_changes, 1U);
}

} // namespace
} // namespace mailpreflight::daemon
