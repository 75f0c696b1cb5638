#pragma once

// The tables timeline and acceptance of state.db; for store/ alone.
#include "core/acceptance.hpp"
#include "core/timeline.hpp"
#include "store/sqlite.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::store {

/// Whose timeline: the first of incident, batch, address and source that is set; an address goes with its source.
struct TimelineScope {
    std::uint64_t incident = 0;
    std::string batch;
    std::string address;
    std::string source;
};

/// Newest first; `before`: only older ones. Of an address: also of the incidents that it is in, or was in last.
base::Result<std::vector<core::TimelineEntry>> read_timeline(Database& database,
                                                             const TimelineScope& scope,
                                                             std::optional<base::SystemTime> before,
                                                             std::size_t limit);
base::Status write_timeline(Database& database, const std::vector<core::TimelineEntry>& entries);

/// Newest first; an empty source means all.
base::Result<std::vector<core::Acceptance>> read_acceptances(Database& database,
                                                             const std::string& source,
                                                             std::optional<base::SystemTime> before,
                                                             std::size_t limit);
base::Status write_acceptances(Database& database, const std::vector<core::Acceptance>& acceptances);

} // namespace mailpreflight::store
