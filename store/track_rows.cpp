#include "store/track_rows.hpp"

#include "json/codec.hpp"
#include "json/writer.hpp"
#include "store/rows.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mailpreflight::store {

namespace {

constexpr std::string_view same_as_latest = "latest";
constexpr std::string_view same_as_definite = "definite";

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
    std::optional<std::string> answers;
    if (!track.answers.empty()) {
        answers = json::write(json::array_of(track.answers));
    }
    const auto state_of = [](const core::KeptLook& look) {
        return look ? std::optional(std::string(core::name_of(look->state))) : std::nullopt;
    };
    const auto cause_of = [](const core::KeptLook& look) {
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
        .bind(15, cause_of(track.confirmed))
        .bind(16, answers);
}

/// The look in a column, or the one that the column's word points to.
base::Status read_look(const Statement& row,
                       int column,
                       std::string_view word,
                       const core::TrackKey& key,
                       const core::KeptLook& pointed_to,
                       core::KeptLook& out) {
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
    if (auto status = read_look(row, 4, "", key, {}, track.latest); !status) {
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
        track.candidate = std::move(*candidate);
    }
    if (!row.is_null(10)) {
        auto answers = value_in<std::vector<core::Answer>>(row.text(10));
        if (!answers) {
            return base::failure(answers.error());
        }
        track.answers = std::move(*answers);
    }
    return track;
}

} // namespace

base::Result<core::Tracks> read_tracks(Database& database) {
    auto statement = database.prepare("SELECT source, subject_kind, subject, check_name, latest, definite, confirmed, "
                                      "confirmed_since, last_good, candidate, answers FROM track");
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

base::Status write_tracks(Database& database, const std::map<core::TrackKey, core::Track>& tracks) {
    return run_each(
        database,
        "INSERT INTO track (source, subject_kind, subject, check_name, latest, definite, confirmed, confirmed_since, "
        "last_good, candidate, latest_at, latest_state, latest_cause, confirmed_state, confirmed_cause, "
        "answers) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT DO UPDATE "
        "SET "
        "latest = ?5, definite = ?6, confirmed = ?7, confirmed_since = ?8, last_good = ?9, candidate = ?10, "
        "latest_at = ?11, latest_state = ?12, latest_cause = ?13, confirmed_state = ?14, confirmed_cause = ?15, "
        "answers = ?16",
        tracks,
        [](Statement& s, const auto& entry) { bind_track(s, entry.first, entry.second); });
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

base::Status write_baseline(Database& database, const std::map<core::TrackKey, core::BaselineEntry>& entries) {
    return run_each(
        database,
        "INSERT INTO baseline (source, subject_kind, subject, check_name, entry) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT DO UPDATE SET entry = ?5",
        entries,
        [](Statement& s, const auto& entry) {
            bind_key(s, 1, entry.first);
            s.bind(5, json::write(json::to_json(entry.second)));
        });
}

base::Status remove_from_baseline(Database& database, const std::vector<core::TrackKey>& keys) {
    return run_each(database,
                    "DELETE FROM baseline WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3 AND check_name = ?4",
                    keys,
                    [](Statement& s, const core::TrackKey& key) { bind_key(s, 1, key); });
}

} // namespace mailpreflight::store
