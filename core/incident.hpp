#pragma once

#include "core/drift.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::core {

enum class IncidentState { open, acknowledged, resolved };

std::string_view name_of(IncidentState state);
std::optional<IncidentState> incident_state_named(std::string_view name);

/// All drift with one cause and one direction on one source (6.5).
struct Incident {
    std::uint64_t number = 0; ///< shown as "I17"
    std::string source;
    Cause cause = Cause::ok;
    Direction direction = Direction::lost;
    IncidentState state = IncidentState::open;
    base::SystemTime opened_at;
    base::SystemTime updated_at; ///< last change of its subjects or state
    std::optional<base::SystemTime> resolved_at;
    std::set<TrackKey> subjects; ///< what is in it now; of a resolved one: what was in it last
    std::size_t peak = 0;        ///< most subjects at once
    std::string acknowledged_by;
    std::string comment;

    bool operator==(const Incident&) const = default;
};

/// "I17"
std::string id_of(const Incident& incident);

enum class IncidentChangeKind { opened, grew, shrank, resolved };
std::string_view name_of(IncidentChangeKind kind);

struct IncidentChange {
    IncidentChangeKind kind = IncidentChangeKind::opened;
    std::uint64_t number = 0;
    std::size_t subjects = 0;

    bool operator==(const IncidentChange&) const = default;
};

struct Folded {
    std::vector<Incident> incidents; ///< all that were given, with their changes, and new ones; ordered by number
    std::vector<IncidentChange> changes;
};

/// Folds the drift of now into the incidents of before: every drift in exactly one unresolved incident; one whose drift
/// is gone is resolved; a cause that comes back after that opens a new one.
Folded
fold(const std::vector<Drift>& drift, std::vector<Incident> incidents, std::uint64_t next_number, base::SystemTime now);

} // namespace mailpreflight::core
