#pragma once

// The tables track and baseline of state.db; for store/ alone.
#include "core/drift.hpp"
#include "core/track.hpp"
#include "store/sqlite.hpp"

#include <map>
#include <vector>

namespace mailpreflight::store {

base::Result<core::Tracks> read_tracks(Database& database);
base::Status write_tracks(Database& database, const std::map<core::TrackKey, core::Track>& tracks);

base::Result<core::Baseline> read_baseline(Database& database);
base::Status write_baseline(Database& database, const std::map<core::TrackKey, core::BaselineEntry>& entries);
base::Status remove_from_baseline(Database& database, const std::vector<core::TrackKey>& keys);

} // namespace mailpreflight::store
