#pragma once

#include "base/clock.hpp"
#include "core/incident.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::core {

/// What an entry of the timeline tells of; the words are stable.
enum class TimelineKind {
    incident,  ///< opened, grew, shrank, spoke again, resolved, acknowledged
    verdict,   ///< the verdict of a batch is another one
    batch,     ///< its state, or what an operator said of it
    exception, ///< a mailbox left the verdict of a batch, or came back into it
    baseline,  ///< somebody accepted how it is
};

std::string_view name_of(TimelineKind kind);
std::optional<TimelineKind> timeline_kind_named(std::string_view name);

/// What happened to an incident, a mailbox, a batch or a source beside what its checks saw, which are transitions.
struct TimelineEntry {
    base::SystemTime at;
    TimelineKind kind = TimelineKind::incident;
    std::string source;
    std::string batch;          ///< empty: of none
    std::string address;        ///< of one mailbox alone; no text names a mailbox, so that it can be forgotten
    std::uint64_t incident = 0; ///< 0: of none
    std::string by;             ///< "uid 1000 (anna)"; empty: nobody did it
    std::string text;           ///< one plain sentence

    bool operator==(const TimelineEntry&) const = default;
};

/// "I17 grew: impersonation_denied lost on contoso, 50 subjects"
std::string words_for(const IncidentChange& change, const Incident& incident);

} // namespace mailpreflight::core
