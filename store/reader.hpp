#pragma once

#include "base/result.hpp"
#include "core/track.hpp"
#include "store/event.hpp"
#include "store/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
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
    /// Oldest first.
    base::Result<std::vector<Event>> events_after(std::uint64_t id, std::size_t limit);
    /// 0 before the first.
    base::Result<std::uint64_t> last_event();

private:
    explicit Reader(Database database);

    Database database_;
};

} // namespace mailpreflight::store
