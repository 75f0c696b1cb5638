#pragma once

// The tables incident and incident_subject of state.db; for store/ alone.
#include "core/incident.hpp"
#include "store/sqlite.hpp"

#include <cstddef>
#include <set>
#include <vector>

namespace mailpreflight::store {

/// Unresolved incidents and the last `most_resolved` resolved ones, by number.
base::Result<std::vector<core::Incident>> read_incidents(Database& database, std::size_t most_resolved);

/// `stored`: the incident's subjects as they are on the disk; null when they are not known.
base::Status write_incident(Database& database, const core::Incident& incident, const std::set<core::TrackKey>* stored);

} // namespace mailpreflight::store
