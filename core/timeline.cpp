#include "core/timeline.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace mailpreflight::core {

std::string_view name_of(TimelineKind kind) {
    switch (kind) {
    case TimelineKind::incident:
        return "incident";
    case TimelineKind::verdict:
        return "verdict";
    case TimelineKind::batch:
        return "batch";
    case TimelineKind::exception:
        return "exception";
    case TimelineKind::baseline:
        return "baseline";
    }
    throw std::logic_error("no such kind of timeline entry");
}

std::optional<TimelineKind> timeline_kind_named(std::string_view name) {
    for (const TimelineKind kind : {TimelineKind::incident,
                                    TimelineKind::verdict,
                                    TimelineKind::batch,
                                    TimelineKind::exception,
                                    TimelineKind::baseline}) {
        if (name_of(kind) == name) {
            return kind;
        }
    }
    return std::nullopt;
}

std::string words_for(const IncidentChange& change, const Incident& incident) {
    return fmt::format("{} {}: {} {} on {}, {} {}",
                       id_of(incident),
                       change.kind == IncidentChangeKind::spoke_again ? "speaks again" : name_of(change.kind),
                       code_of(incident.cause),
                       name_of(incident.direction),
                       incident.source,
                       change.subjects,
                       change.subjects == 1 ? "subject" : "subjects");
}

} // namespace mailpreflight::core
