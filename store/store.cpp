#include "store/store.hpp"

#include "json/codec.hpp"
#include "store/rows.hpp"
#include "store/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::store {

namespace {

constexpr std::string_view same_as_latest = "latest";
constexpr std::string_view same_as_definite = "definite";

/// Prepares once, then binds and runs for each element; nothing for an empty list.
template <typename List, typename Bind>
base::Status run_each(Database& database, std::string_view sql, const List& list, Bind bind) {
    if (list.empty()) {
        return {};
    }
    auto statement = database.prepare(sql);
    if (!statement) {
        return base::failure(statement.error());
    }
    for (const auto& element : list) {
        bind(*statement, element);
        if (auto status = statement->run(); !status) {
            return status;
        }
    }
    return {};
}

/// Calls `take(row)` for every row until it fails.
template <typename Take>
base::Status for_each_row(Statement& statement, Take take) {
    for (;;) {
        const auto row = statement.step();
        if (!row) {
            return base::failure(row.error());
        }
        if (!*row) {
            return {};
        }
        if (base::Status status = take(statement); !status) {
            return status;
        }
    }
}

void bind_track(Statement& statement, const core::TrackKey& key, const core::Track& track) {
    bind_key(statement, 1, key);
    std::optional<std::string> latest;
    std::optional<std::string> definite;
    std::optional<std::string> confirmed;
    std::optional<std::string> candidate;
    if (track.latest) {
        latest = text_of(*track.latest);
    }
    if (track.definite) {
        definite = track.definite == track.latest ? std::string(same_as_latest) : text_of(*track.definite);
    }
    if (track.confirmed) {
        confirmed = track.confirmed == track.definite ? std::string(same_as_definite) : text_of(*track.confirmed);
    }
    if (track.candidate) {
        candidate = json::write(json::to_json(*track.candidate));
    }
    const auto state_of = [](const std::optional<core::Observation>& look) {
        return look ? std::optional(std::string(core::name_of(look->state))) : std::nullopt;
    };
    const auto cause_of = [](const std::optional<core::Observation>& look) {
        return look ? std::optional(std::string(core::code_of(look->cause))) : std::nullopt;
    };
    statement.bind(5, latest)
        .bind(6, definite)
        .bind(7, confirmed)
        .bind(8, to_row(track.confirmed_since))
        .bind(9, to_row(track.last_good))
        .bind(10, candidate)
        .bind(11, track.latest ? std::optional(to_row(track.latest->at)) : std::nullopt)
        .bind(12, state_of(track.latest))
        .bind(13, cause_of(track.latest))
        .bind(14, state_of(track.confirmed))
        .bind(15, cause_of(track.confirmed));
}

/// The look in a column, or the one that the column's word points to.
base::Status read_look(const Statement& row,
                       int column,
                       std::string_view word,
                       const core::TrackKey& key,
                       const std::optional<core::Observation>& pointed_to,
                       std::optional<core::Observation>& out) {
    if (row.is_null(column)) {
        return {};
    }
    const std::string text = row.text(column);
    if (text == word) {
        out = pointed_to;
        return {};
    }
    auto look = observation_in(text, key);
    if (!look) {
        return base::failure(look.error());
    }
    out = std::move(*look);
    return {};
}

base::Result<core::Track> track_at(const Statement& row, const core::TrackKey& key) {
    core::Track track;
    if (auto status = read_look(row, 4, "", key, std::nullopt, track.latest); !status) {
        return base::failure(status.error());
    }
    if (auto status = read_look(row, 5, same_as_latest, key, track.latest, track.definite); !status) {
        return base::failure(status.error());
    }
    if (auto status = read_look(row, 6, same_as_definite, key, track.definite, track.confirmed); !status) {
        return base::failure(status.error());
    }
    track.confirmed_since = optional_time_at(row, 7);
    track.last_good = optional_time_at(row, 8);
    if (!row.is_null(9)) {
        auto candidate = value_in<core::Candidate>(row.text(9));
        if (!candidate) {
            return base::failure(candidate.error());
        }
        candidate->first.key = key;
        candidate->last.key = key;
        track.candidate = std::move(*candidate);
    }
    return track;
}

base::Result<core::Tracks> read_tracks(Database& database) {
    auto statement = database.prepare("SELECT source, subject_kind, subject, check_name, latest, definite, confirmed, "
                                      "confirmed_since, last_good, candidate FROM track");
    if (!statement) {
        return base::failure(statement.error());
    }
    core::Tracks tracks;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        auto key = key_at(row, 0);
        if (!key) {
            return base::failure(key.error());
        }
        auto track = track_at(row, *key);
        if (!track) {
            return base::failure(track.error().wrap("cannot read the track", core::to_text(key->subject)));
        }
        tracks.emplace(std::move(*key), std::move(*track));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return tracks;
}

base::Result<core::Baseline> read_baseline(Database& database) {
    auto statement = database.prepare("SELECT source, subject_kind, subject, check_name, entry FROM baseline");
    if (!statement) {
        return base::failure(statement.error());
    }
    core::Baseline baseline;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        auto key = key_at(row, 0);
        if (!key) {
            return base::failure(key.error());
        }
        auto entry = value_in<core::BaselineEntry>(row.text(4));
        if (!entry) {
            return base::failure(entry.error().wrap("cannot read the baseline", core::to_text(key->subject)));
        }
        baseline.emplace(std::move(*key), std::move(*entry));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return baseline;
}

base::Result<std::set<core::TrackKey>> read_incident_subjects(Statement& statement, std::uint64_t number) {
    statement.bind(1, static_cast<std::int64_t>(number));
    std::set<core::TrackKey> subjects;
    auto status = for_each_row(statement, [&](const Statement& row) -> base::Status {
        auto key = key_at(row, 0);
        if (!key) {
            return base::failure(key.error());
        }
        subjects.insert(std::move(*key));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return subjects;
}

base::Result<std::vector<core::Incident>> read_incidents(Database& database) {
    auto statement = database.prepare(
        "SELECT head FROM incident WHERE state <> 'resolved' OR number IN "
        "(SELECT number FROM incident WHERE state = 'resolved' ORDER BY number DESC LIMIT ?1) ORDER BY number");
    auto subjects = database.prepare("SELECT source, subject_kind, subject, check_name FROM incident_subject "
                                     "WHERE number = ?1");
    if (!statement || !subjects) {
        return base::failure(!statement ? statement.error() : subjects.error());
    }
    statement->bind(1, static_cast<std::int64_t>(Store::resolved_kept_at_hand));
    std::vector<core::Incident> incidents;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        auto incident = value_in<core::Incident>(row.text(0));
        if (!incident) {
            return base::failure(incident.error().wrap("cannot read an incident"));
        }
        auto keys = read_incident_subjects(*subjects, incident->number);
        if (!keys) {
            return base::failure(keys.error().wrap("cannot read an incident", core::id_of(*incident)));
        }
        incident->subjects = std::move(*keys);
        incidents.push_back(std::move(*incident));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return incidents;
}

base::Status forget(Database& database, const std::vector<core::TrackKey>& keys) {
    for (const std::string_view sql :
         {"DELETE FROM track WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
          "DELETE FROM baseline WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
          "DELETE FROM transition WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
          "DELETE FROM incident_subject WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4 "
          "AND number IN (SELECT number FROM incident WHERE state = 'resolved')"}) {
        auto status =
            run_each(database, sql, keys, [](Statement& s, const core::TrackKey& key) { bind_key(s, 1, key); });
        if (!status) {
            return status;
        }
    }
    return {};
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
    auto incidents = read_incidents(database_);
    if (!incidents) {
        return base::failure(incidents.error());
    }
    loaded.incidents = std::move(*incidents);
    const auto next = read_next_incident(database_);
    if (!next) {
        return base::failure(next.error());
    }
    loaded.next_incident = *next;
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
    auto status = run_each(
        database_,
        "INSERT INTO track (source, subject_kind, subject, check_name, latest, definite, confirmed, confirmed_since, "
        "last_good, candidate, latest_at, latest_state, latest_cause, confirmed_state, confirmed_cause) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO UPDATE SET "
        "latest = ?5, definite = ?6, confirmed = ?7, confirmed_since = ?8, last_good = ?9, candidate = ?10, "
        "latest_at = ?11, latest_state = ?12, latest_cause = ?13, confirmed_state = ?14, confirmed_cause = ?15",
        commit.tracks,
        [](Statement& s, const auto& entry) { bind_track(s, entry.first, entry.second); });
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
    status =
        run_each(database_,
                 "DELETE FROM baseline WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
                 commit.baseline_removed,
                 [](Statement& s, const core::TrackKey& key) { bind_key(s, 1, key); });
    if (!status) {
        return status;
    }
    status =
        run_each(database_,
                 "INSERT INTO baseline (source, subject_kind, subject, check_name, entry) VALUES (?1, ?2, ?3, ?4, ?5) "
                 "ON CONFLICT DO UPDATE SET entry = ?5",
                 commit.baseline,
                 [](Statement& s, const auto& entry) {
                     bind_key(s, 1, entry.first);
                     s.bind(5, json::write(json::to_json(entry.second)));
                 });
    if (!status) {
        return status;
    }
    std::uint64_t after_newest = 0;
    for (const core::Incident& incident : commit.incidents) {
        if (status = write_incident(incident); !status) {
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
    status = run_each(
        database_,
        "INSERT INTO event (at, kind, json) VALUES (?1, ?2, ?3)",
        commit.events,
        [](Statement& s, const Event& event) { s.bind(1, to_row(event.at)).bind(2, event.kind).bind(3, event.json); });
    if (!status) {
        return status;
    }
    if (commit.clock_leapt) {
        status = write_meta(database_, "clock_leapt", to_row(*commit.clock_leapt));
        if (!status) {
            return status;
        }
    }
    return write_meta(database_, "last_commit", to_row(commit.at));
}

base::Status Store::write_incident(const core::Incident& incident) {
    const auto number = static_cast<std::int64_t>(incident.number);
    const std::vector<const core::Incident*> one{&incident};
    auto status =
        run_each(database_,
                 "INSERT INTO incident (number, source, cause, direction, state, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                 "ON CONFLICT DO UPDATE SET source = ?2, cause = ?3, direction = ?4, state = ?5, head = ?6",
                 one,
                 [&](Statement& s, const core::Incident* row) {
                     s.bind(1, number)
                         .bind(2, row->source)
                         .bind(3, core::code_of(row->cause))
                         .bind(4, core::name_of(row->direction))
                         .bind(5, core::name_of(row->state))
                         .bind(6, json::write(json::to_json(*row, 0)));
                 });
    if (!status) {
        return status;
    }
    std::vector<core::TrackKey> gone;
    std::vector<core::TrackKey> come;
    if (const auto stored = stored_subjects_.find(incident.number); stored != stored_subjects_.end()) {
        std::set_difference(stored->second.begin(),
                            stored->second.end(),
                            incident.subjects.begin(),
                            incident.subjects.end(),
                            std::back_inserter(gone));
        std::set_difference(incident.subjects.begin(),
                            incident.subjects.end(),
                            stored->second.begin(),
                            stored->second.end(),
                            std::back_inserter(come));
    } else {
        status = run_each(database_,
                          "DELETE FROM incident_subject WHERE number = ?1",
                          one,
                          [&](Statement& s, const core::Incident*) { s.bind(1, number); });
        if (!status) {
            return status;
        }
        come.assign(incident.subjects.begin(), incident.subjects.end());
    }
    const auto bind = [&](Statement& s, const core::TrackKey& key) {
        s.bind(1, number);
        bind_key(s, 2, key);
    };
    status = run_each(database_,
                      "DELETE FROM incident_subject WHERE number = ?1 AND source = ?2 AND subject_kind = ?3 AND "
                      "subject = ?4 AND check_name = ?5",
                      gone,
                      bind);
    if (!status) {
        return status;
    }
    return run_each(database_,
                    "INSERT OR IGNORE INTO incident_subject (number, source, subject_kind, subject, check_name) "
                    "VALUES (?1, ?2, ?3, ?4, ?5)",
                    come,
                    bind);
}

base::Result<std::vector<core::Transition>> Store::history(const core::TrackKey& key, std::size_t limit) {
    return read_history(database_, key, limit);
}

base::Result<std::vector<core::Transition>> Store::history_of(const core::Subject& subject, std::size_t limit) {
    return read_history(database_, subject, limit);
}

base::Result<std::vector<Event>> Store::events_after(std::uint64_t id, std::size_t limit) {
    return read_events(database_, id, limit);
}

base::Result<std::uint64_t> Store::last_event() {
    return read_last_event(database_);
}

base::Status Store::prune(base::SystemTime older_than) {
    // In portions, so that no transaction grows with the age of the database.
    for (const std::string_view sql :
         {"DELETE FROM transition WHERE id IN (SELECT id FROM transition WHERE at < ?1 LIMIT 5000)",
          "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ?1 LIMIT 5000)"}) {
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
    return {};
}

base::Status Store::check_integrity() {
    return database_.check_integrity();
}

} // namespace mailpreflight::store
