#pragma once

#include "base/result.hpp"
#include "core/acceptance.hpp"
#include "core/outbox.hpp"
#include "core/timeline.hpp"
#include "store/sqlite.hpp"
#include "store/timeline_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mailpreflight::store {

/// Reads state.db on a connection of its own, beside the writer and without holding it up. Sees what was committed when
/// the call began. One thread at a time; each thread opens its own.
class Reader {
public:
    /// The database must be there and must not be newer than this version.
    static base::Result<Reader> open(const std::filesystem::path& state_directory);

    /// Newest first.
    base::Result<std::vector<core::Transition>> history(const core::TrackKey& key, std::size_t limit);
    base::Result<std::vector<core::Transition>> history_of(const core::Subject& subject, std::size_t limit);
    /// By the time at which they were first seen, newest first; only those from before `before`.
    base::Result<std::vector<core::Transition>>
    history_before(const core::Subject& subject, std::optional<base::SystemTime> before, std::size_t limit);
    /// Newest first, older than `before`.
    base::Result<std::vector<core::TimelineEntry>>
    timeline(const TimelineScope& scope, std::optional<base::SystemTime> before, std::size_t limit);
    /// Notices of one state or, without one, of all; newest first.
    base::Result<std::vector<core::OwedNotice>> outbox(std::optional<core::OwedState> state, std::size_t limit);
    /// By receiver; without those that were told everything.
    base::Result<std::map<std::string, core::Owing>> owing();
    /// Newest first, older than `before`; an empty source means all.
    base::Result<std::vector<core::Acceptance>>
    acceptances(const std::string& source, std::optional<base::SystemTime> before, std::size_t limit);

private:
    explicit Reader(Database database);

    Database database_;
};

} // namespace mailpreflight::store
