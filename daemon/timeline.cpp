#include "daemon/timeline.hpp"

#include <fmt/format.h>

namespace mailpreflight::daemon {

std::string verdict_words(const core::Readiness& readiness) {
    return fmt::format("batch {} is {}: {} of {} mailboxes passed, {} failed, {} unknown",
                       readiness.batch,
                       core::words_for(readiness),
                       readiness.passed,
                       readiness.mailboxes,
                       readiness.failed,
                       readiness.unknown);
}

std::vector<core::TimelineEntry> timeline_of(const State& state, const News& news, base::SystemTime now) {
    std::vector<core::TimelineEntry> entries;
    for (const core::IncidentChange& change : news.incidents) {
        if (const core::Incident* const incident = core::find_incident(state.incidents, change.number)) {
            entries.push_back({.at = now,
                               .kind = core::TimelineKind::incident,
                               .source = incident->source,
                               .incident = incident->number,
                               .text = core::words_for(change, *incident)});
        }
    }
    for (const News::Batch& batch : news.batches) {
        entries.push_back({.at = now,
                           .kind = core::TimelineKind::batch,
                           .source = state.readiness.at(batch.name).source,
                           .batch = batch.name,
                           .text = batch.report.empty()
                                       ? fmt::format("batch {} is {}", batch.name, core::name_of(batch.state))
                                       : batch.report});
    }
    for (const std::string& batch : news.verdicts) {
        const core::Readiness& readiness = state.readiness.at(batch);
        entries.push_back({.at = now,
                           .kind = core::TimelineKind::verdict,
                           .source = readiness.source,
                           .batch = batch,
                           .text = verdict_words(readiness)});
    }
    return entries;
}

} // namespace mailpreflight::daemon
