#include "store/store.hpp"

#include "store/incident_rows.hpp"
#include "store/outbox_rows.hpp"
#include "store/rows.hpp"
#include "store/schema.hpp"
#include "store/timeline_rows.hpp"
#include "store/track_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::store {

namespace {

base::Status forget(Database& database, const std::vector<core::TrackKey>& keys) {
    for (const std::string_view sql :
         {"DELETE FROM track WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
          "DELETE FROM baseline WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
          "DELETE FROM transition WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
          "DELETE FROM acceptance_change WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
          "DELETE FROM timeline WHERE source = ?1 AND ?2 = 'mailbox' AND address = ?3 AND address <> '' AND ?4 <> ''",
          "DELETE FROM incident_subject WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4 "
          "AND number IN (SELECT number FROM incident WHERE state = 'resolved')"}) {
        auto status =
            run_each(database, sql, keys, [](Statement& s, const core::TrackKey& key) { bind_key(s, 1, key); });
        if (!status) {
            return status;
        }
    }
    return forget_notices(database, keys);
}

base::Status write_meta(Database& database, std::string_view key, std::int64_t value) {
    const std::vector<std::pair<std::string_view, std::int64_t>> rows{{key, value}};
    return run_each(database,
                    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
                    rows,
                    [](Statement& s, const auto& row) { s.bind(1, row.first).bind(2, row.second); });
}

base::Result<std::uint64_t> read_next_incident(Database& database) {
    const auto number = database.number("SELECT COALESCE((SELECT value FROM meta WHERE key = 'next_incident'), 1)");
    return number.map([](std::int64_t value) { return static_cast<std::uint64_t>(value); });
}

} // namespace

Store::Store(FileLock lock, Database database) :
    lock_(std::move(lock)),
    database_(std::move(database)) {}

base::Result<Store> Store::open(const std::filesystem::path& state_directory) {
    if (auto status = make_state_directory(state_directory); !status) {
        return base::failure(status.error());
    }
    auto lock = FileLock::try_take(state_directory / "state.lock");
    if (!lock) {
        return base::failure(lock.error());
    }
    if (!*lock) {
        return base::failure(
            base::ErrorCode::conflict, "another mailpreflightd keeps its state there", state_directory.string());
    }
    auto database = Database::open(state_directory / "state.db");
    if (!database) {
        return base::failure(database.error());
    }
    if (auto status = migrate(*database, state_schema()); !status) {
        return base::failure(status.error());
    }
    return Store(std::move(**lock), std::move(*database));
}

base::Result<Store::Loaded> Store::load() {
    Loaded loaded;
    auto tracks = read_tracks(database_);
    if (!tracks) {
        return base::failure(tracks.error());
    }
    loaded.tracks = std::move(*tracks);
    auto baseline = read_baseline(database_);
    if (!baseline) {
        return base::failure(baseline.error());
    }
    loaded.baseline = std::move(*baseline);
    auto incidents = read_incidents(database_, resolved_kept_at_hand);
    if (!incidents) {
        return base::failure(incidents.error());
    }
    loaded.incidents = std::move(*incidents);
    const auto next = read_next_incident(database_);
    if (!next) {
        return base::failure(next.error());
    }
    loaded.next_incident = *next;
    auto batches = read_batches(database_);
    if (!batches) {
        return base::failure(batches.error());
    }
    loaded.batches = *std::move(batches);
    auto owed = read_owed(database_);
    if (!owed) {
        return base::failure(owed.error());
    }
    loaded.owed = std::move(*owed);
    auto told = read_memory(database_);
    if (!told) {
        return base::failure(told.error());
    }
    loaded.told = std::move(*told);
    for (const auto& [key, time] :
         {std::pair("last_commit", &loaded.last_commit), std::pair("clock_leapt", &loaded.clock_leapt)}) {
        const auto value = database_.number(fmt::format("SELECT value FROM meta WHERE key = '{}'", key));
        if (value) {
            *time = base::SystemTime(base::Duration(*value));
        } else if (value.error().code() != base::ErrorCode::not_found) {
            return base::failure(value.error());
        }
    }
    stored_subjects_.clear();
    for (const core::Incident& incident : loaded.incidents) {
        if (incident.state != core::IncidentState::resolved) {
            stored_subjects_.emplace(incident.number, incident.subjects);
        }
    }
    return loaded;
}

base::Status Store::commit(const Commit& commit) {
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return base::failure(transaction.error());
    }
    if (auto status = write(commit); !status) {
        return status;
    }
    if (auto status = transaction->commit(); !status) {
        return status;
    }
    for (const core::Incident& incident : commit.incidents) {
        if (incident.state == core::IncidentState::resolved) {
            stored_subjects_.erase(incident.number);
        } else {
            stored_subjects_.insert_or_assign(incident.number, incident.subjects);
        }
    }
    return {};
}

base::Status Store::write(const Commit& commit) {
    if (auto status = forget(database_, commit.forgotten); !status) {
        return status;
    }
    auto status = write_tracks(database_, commit.tracks);
    if (!status) {
        return status;
    }
    status = run_each(
        database_,
        "INSERT INTO transition (source, subject_kind, subject, check_name, at, before, after, first_seen, last_good) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        commit.transitions,
        [&](Statement& s, const core::Transition& transition) {
            bind_key(s, 1, transition.key);
            s.bind(5, to_row(commit.at))
                .bind(6, transition.before ? std::optional(text_of(*transition.before)) : std::nullopt)
                .bind(7, text_of(transition.after))
                .bind(8, to_row(transition.first_seen))
                .bind(9, to_row(transition.last_good));
        });
    if (!status) {
        return status;
    }
    status = remove_from_baseline(database_, commit.baseline_removed);
    if (!status) {
        return status;
    }
    status = write_baseline(database_, commit.baseline);
    if (!status) {
        return status;
    }
    if (status = remove_batches(database_, commit.batches_removed); !status) {
        return status;
    }
    if (status = write_batches(database_, commit.batches); !status) {
        return status;
    }
    if (status = write_lists(database_, commit.lists); !status) {
        return status;
    }
    std::uint64_t after_newest = 0;
    for (const core::Incident& incident : commit.incidents) {
        const auto stored = stored_subjects_.find(incident.number);
        status = write_incident(database_, incident, stored == stored_subjects_.end() ? nullptr : &stored->second);
        if (!status) {
            return status;
        }
        after_newest = std::max(after_newest, incident.number + 1);
    }
    if (const auto next = read_next_incident(database_); !next) {
        return base::failure(next.error());
    } else if (after_newest > *next) {
        if (status = write_meta(database_, "next_incident", static_cast<std::int64_t>(after_newest)); !status) {
            return status;
        }
    }
    if (status = write_timeline(database_, commit.timeline); !status) {
        return status;
    }
    if (status = write_acceptances(database_, commit.acceptances); !status) {
        return status;
    }
    if (status = write_outbox(database_, commit.outbox); !status) {
        return status;
    }
    if (commit.told) {
        if (status = write_memory(database_, *commit.told); !status) {
            return status;
        }
    }
    if (commit.clock_leapt) {
        status = write_meta(database_, "clock_leapt", to_row(*commit.clock_leapt));
        if (!status) {
            return status;
        }
    }
    return write_meta(database_, "last_commit", to_row(commit.at));
}

base::Result<std::vector<core::Transition>> Store::history(const core::TrackKey& key, std::size_t limit) {
    return read_history(database_, key, limit);
}

base::Result<std::vector<core::Transition>> Store::history_of(const core::Subject& subject, std::size_t limit) {
    return read_history(database_, subject, limit);
}

base::Status Store::prune(base::SystemTime older_than) {
    // In portions, so that no transaction grows with the age of the database.
    for (const std::string_view sql :
         {"DELETE FROM transition WHERE id IN (SELECT id FROM transition WHERE at < ?1 LIMIT 5000)",
          "DELETE FROM timeline WHERE id IN (SELECT id FROM timeline WHERE at < ?1 LIMIT 5000)",
          "DELETE FROM acceptance WHERE id IN (SELECT id FROM acceptance WHERE at < ?1 LIMIT 50)"}) {
        auto statement = database_.prepare(sql);
        if (!statement) {
            return base::failure(statement.error());
        }
        do {
            statement->bind(1, to_row(older_than));
            if (auto status = statement->run(); !status) {
                return status;
            }
        } while (database_.rows_changed() > 0);
    }
    return prune_outbox(database_, older_than);
}

base::Status Store::check_integrity() {
    return database_.check_integrity();
}

} // namespace mailpreflight::store
