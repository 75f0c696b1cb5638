#include "daemon/metric_counts.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace mailpreflight::daemon {

namespace {

LookOutcome outcome_of(core::State state) {
    switch (state) {
    case core::State::pass:
        return LookOutcome::pass;
    case core::State::warn:
        return LookOutcome::warn;
    case core::State::fail:
        return LookOutcome::fail;
    case core::State::unknown:
        return LookOutcome::unknown;
    }
    throw std::logic_error("no such state");
}

void count_stages(SourceCounts& counts, const std::vector<core::Observation>& observations) {
    std::set<std::pair<core::Stage, base::Duration>> told;
    for (const core::Observation& look : observations) {
        for (const core::StageTiming& timing : look.stages) {
            if (told.emplace(timing.stage, timing.took).second) {
                counts.stages[timing.stage].note(timing.took);
            }
        }
    }
}

bool is_another_certificate(const core::Transition& transition) {
    if (transition.key.check != core::Check::tls_certificate || !transition.before) {
        return false;
    }
    const auto& before = transition.before->facts;
    const auto& after = transition.after.facts;
    const auto was = before.find("sha256");
    const auto is = after.find("sha256");
    return was != before.end() && is != after.end() && was->second != is->second;
}

} // namespace

void DurationCounts::note(base::Duration took) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds);
    ++counts.at(static_cast<std::size_t>(bucket - bounds.begin()));
    sum_seconds += seconds;
}

std::string_view name_of(LookOutcome outcome) {
    switch (outcome) {
    case LookOutcome::pass:
        return "pass";
    case LookOutcome::warn:
        return "warn";
    case LookOutcome::fail:
        return "fail";
    case LookOutcome::unknown:
        return "unknown";
    case LookOutcome::withheld:
        return "withheld";
    }
    throw std::logic_error("no such outcome");
}

MetricCounts counts_from(const State& state) {
    MetricCounts counts;
    for (const core::Incident& incident : state.incidents) {
        if (incident.state != core::IncidentState::resolved) {
            counts.incident_sizes.emplace(incident.number, incident.subjects.size());
        }
    }
    return counts;
}

void count_look(MetricCounts& counts, const core::CheckRequest& request, const checks::Looked& looked) {
    SourceCounts& source = counts.sources[request.key.subject.source];
    count_stages(source, looked.observations);
    if (looked.back_off) {
        ++source.throttled;
        source.asked_to_wait += *looked.back_off;
    }
    if (looked.gate) {
        count_withheld(counts, request);
        return;
    }
    for (const core::Observation& look : looked.observations) {
        if (look.key == request.key) {
            ++source.checks[{look.key.check, outcome_of(look.state)}];
        }
    }
}

void count_withheld(MetricCounts& counts, const core::CheckRequest& request) {
    ++counts.sources[request.key.subject.source].checks[{request.key.check, LookOutcome::withheld}];
}

void count_news(MetricCounts& counts, const State& state, const News& news) {
    for (const core::Transition& transition : news.transitions) {
        if (is_another_certificate(transition)) {
            ++counts.sources[transition.key.subject.source].certificate_changes;
        }
    }
    for (const core::IncidentChange& change : news.incidents) {
        const core::Incident* const incident = core::find_incident(state.incidents, change.number);
        if (incident == nullptr || change.kind == core::IncidentChangeKind::resolved) {
            counts.incident_sizes.erase(change.number);
            continue;
        }
        const std::size_t before = std::exchange(counts.incident_sizes[change.number], change.subjects);
        // One that grew while others left it came to no more in all.
        const std::size_t least = change.kind == core::IncidentChangeKind::grew ? 1 : 0;
        const std::size_t came = std::max(least, change.subjects - std::min(before, change.subjects));
        if (came > 0) {
            counts.sources[incident->source].drift[incident->direction] += came;
        }
    }
}

} // namespace mailpreflight::daemon
