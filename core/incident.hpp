#pragma once

#include "core/drift.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
    std::string acknowledged_by; ///< empty once it speaks again
    std::string comment;
    std::optional<base::SystemTime> acknowledged_until = std::nullopt;
    std::size_t covered = 0;       ///< subjects when it was acknowledged
    std::set<TrackKey> grown = {}; ///< of an acknowledged one: subjects that came since, and are still in it

    bool operator==(const Incident&) const = default;
};

/// "I17"
std::string id_of(const Incident& incident);
/// Null where none has this number.
const Incident* find_incident(const std::vector<Incident>& incidents, std::uint64_t number);
/// 17 of "I17" or "i17".
std::optional<std::uint64_t> incident_numbered(std::string_view id);

/// spoke_again: it was acknowledged, and what the acknowledgement covered is no longer all of it, or its time is over.
enum class IncidentChangeKind { opened, grew, shrank, spoke_again, resolved };
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

/// An acknowledgement covers what the incident holds now (6.5), until then at most; nothing: until it grows.
Incident acknowledged(Incident incident,
                      const std::string& who,
                      const std::string& comment,
                      std::optional<base::SystemTime> until,
                      base::SystemTime now);

/// Is it about a mailbox whose trouble is told whatever was acknowledged: of a batch inside T-24 h, or a canary?
using IsUrgent = std::function<bool(const Subject&)>;

/// Folds the drift of now into the incidents of before: every drift in exactly one unresolved incident; one whose drift
/// is gone is resolved; a cause that comes back after that opens a new one. An acknowledged one is open again when its
/// time is over, when it grew by 3 subjects and a tenth of what was covered, or on any that is urgent.
Folded fold(const std::vector<Drift>& drift,
            std::vector<Incident> incidents,
            std::uint64_t next_number,
            base::SystemTime now,
            const IsUrgent& is_urgent = {});

} // namespace mailpreflight::core
