#pragma once

#include "base/clock.hpp"
#include "core/acceptance.hpp"
#include "core/batch_list.hpp"
#include "core/incident.hpp"
#include "core/notice_memory.hpp"
#include "core/outbox.hpp"
#include "core/timeline.hpp"
#include "core/track.hpp"
#include "store/batch_rows.hpp"
#include "store/file_lock.hpp"
#include "store/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace mailpreflight::store {

/// What must survive: tracks, transitions, baseline, incidents, batches and the timeline, in
/// `<state_directory>/state.db`. One writer on this machine; for the judge's thread alone (other threads read through
/// Reader).
class Store {
public:
    /// Resolved incidents that load() still gives.
    static constexpr std::size_t resolved_kept_at_hand = 200;

    /// Makes the directory and the database where there are none. Refuses a second writer (`conflict`), a database of a
    /// newer version (`unsupported`).
    static base::Result<Store> open(const std::filesystem::path& state_directory);

    struct Loaded {
        core::Tracks tracks;
        core::Baseline baseline;
        std::vector<core::Incident> incidents; ///< unresolved ones and the last resolved ones, by number
        std::uint64_t next_incident = 1;
        core::KeptBatches batches;
        std::vector<core::OwedNotice> owed; ///< the oldest first
        core::NoticeMemory told;
        std::optional<base::SystemTime> last_commit;
        std::optional<base::SystemTime> clock_leapt; ///< as the newest commit that had one said
    };
    base::Result<Loaded> load();

    struct Commit {
        std::map<core::TrackKey, core::Track> tracks;
        /// Forgotten before the rest is written: track, baseline entry, transitions, what was accepted of it, its
        /// timeline, and the key's place in resolved incidents. Open incidents are the caller's to shrink.
        std::vector<core::TrackKey> forgotten;
        std::vector<core::Transition> transitions;
        std::map<core::TrackKey, core::BaselineEntry> baseline;
        std::vector<core::TrackKey> baseline_removed;
        std::vector<core::Incident> incidents; ///< only those that changed; their numbers are never given again
        std::map<std::string, BatchRow> batches;
        std::map<std::string, std::vector<core::ListedMailbox>> lists; ///< by batch: its good list from now on
        std::set<std::string> batches_removed;                         ///< before `batches` is written
        std::vector<core::TimelineEntry> timeline;                     ///< in this order
        std::vector<core::Acceptance> acceptances;                     ///< in this order
        std::map<std::string, core::OwedNotice> outbox;                ///< by id: planned, or tried since
        std::optional<core::NoticeMemory> told;                        ///< all of it, where it changed
        std::optional<base::SystemTime> clock_leapt; ///< the wall clock leapt, and this is what it shows since
        base::SystemTime at;
    };
    /// All of it or nothing, in one transaction; on the disk when it returns success.
    base::Status commit(const Commit& commit);

    /// Newest first.
    base::Result<std::vector<core::Transition>> history(const core::TrackKey& key, std::size_t limit);
    base::Result<std::vector<core::Transition>> history_of(const core::Subject& subject, std::size_t limit);

    /// Deletes transitions, timeline, acceptances and notices that nobody is owed from before `older_than`; never
    /// tracks, baseline or incidents.
    base::Status prune(base::SystemTime older_than);
    base::Status check_integrity();

private:
    Store(FileLock lock, Database database);
    base::Status write(const Commit& commit);

    FileLock lock_;
    Database database_;
    /// The subjects of unresolved incidents as they are on the disk: a commit writes only what differs, however many
    /// subjects an incident has.
    std::map<std::uint64_t, std::set<core::TrackKey>> stored_subjects_;
};

} // namespace mailpreflight::store
