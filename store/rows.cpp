#include "store/rows.hpp"

#include "json/observation_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace mailpreflight::store {

namespace {

base::Result<core::Transition> transition_at(const Statement& row) {
    auto key = key_at(row, 0);
    if (!key) {
        return base::failure(key.error());
    }
    core::Transition transition;
    transition.key = std::move(*key);
    if (!row.is_null(4)) {
        auto before = observation_in(row.text(4), transition.key);
        if (!before) {
            return base::failure(before.error());
        }
        transition.before = std::move(*before);
    }
    auto after = observation_in(row.text(5), transition.key);
    if (!after) {
        return base::failure(after.error());
    }
    transition.after = std::move(*after);
    transition.first_seen = time_at(row, 6);
    transition.last_good = optional_time_at(row, 7);
    return transition;
}

base::Result<std::vector<core::Transition>> transitions_of(Statement& statement) {
    std::vector<core::Transition> transitions;
    auto status = for_each_row(statement, [&](const Statement& row) -> base::Status {
        auto transition = transition_at(row);
        if (!transition) {
            return base::failure(transition.error().wrap("cannot read a transition"));
        }
        transitions.push_back(std::move(*transition));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return transitions;
}

constexpr std::string_view select_transition =
    "SELECT source, subject_kind, subject, check_name, before, after, first_seen, last_good FROM transition "
    "WHERE source = ?1 AND subject_kind = ?2 AND subject = ?3";

} // namespace

std::int64_t limit_row(std::uint64_t limit) {
    return static_cast<std::int64_t>(
        std::min(limit, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

std::int64_t to_row(base::SystemTime time) {
    return time.time_since_epoch().count();
}

std::optional<std::int64_t> to_row(const std::optional<base::SystemTime>& time) {
    return time ? std::optional(to_row(*time)) : std::nullopt;
}

base::SystemTime time_at(const Statement& row, int column) {
    return base::SystemTime(base::Duration(row.number(column)));
}

std::optional<base::SystemTime> optional_time_at(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(time_at(row, column));
}

void bind_subject(Statement& statement, int first, const core::Subject& subject) {
    statement.bind(first, subject.source).bind(first + 1, json::name_of(subject.kind)).bind(first + 2, subject.name);
}

void bind_key(Statement& statement, int first, const core::TrackKey& key) {
    bind_subject(statement, first, key.subject);
    statement.bind(first + 3, core::name_of(key.check));
}

base::Result<core::TrackKey> key_at(const Statement& row, int first) {
    const auto kind = json::subject_kind_named(row.text(first + 1));
    const auto check = core::check_named(row.text(first + 3));
    if (!kind || !check) {
        return base::failure(base::ErrorCode::parse,
                             "the database names a check that this version does not know",
                             fmt::format("{} {}", row.text(first + 1), row.text(first + 3)));
    }
    return core::TrackKey{*check, {*kind, row.text(first), row.text(first + 2)}};
}

std::string text_of(const core::Observation& observation) {
    return json::write(json::to_json(observation));
}

base::Result<core::Observation> observation_in(const std::string& text, const core::TrackKey& key) {
    auto observation = value_in<core::Observation>(text);
    if (observation) {
        observation->key = key;
    }
    return observation;
}

base::Result<std::vector<core::Transition>>
read_history(Database& database, const core::TrackKey& key, std::size_t limit) {
    auto statement =
        database.prepare(fmt::format("{} AND check_name = ?4 ORDER BY id DESC LIMIT ?5", select_transition));
    if (!statement) {
        return base::failure(statement.error());
    }
    bind_key(*statement, 1, key);
    statement->bind(5, limit_row(limit));
    return transitions_of(*statement);
}

base::Result<std::vector<core::Transition>>
read_history(Database& database, const core::Subject& subject, std::size_t limit) {
    auto statement = database.prepare(fmt::format("{} ORDER BY id DESC LIMIT ?4", select_transition));
    if (!statement) {
        return base::failure(statement.error());
    }
    bind_subject(*statement, 1, subject);
    statement->bind(4, limit_row(limit));
    return transitions_of(*statement);
}

base::Result<std::vector<core::Transition>> read_history_before(Database& database,
                                                                const core::Subject& subject,
                                                                std::optional<base::SystemTime> before,
                                                                std::size_t limit) {
    auto statement = database.prepare(
        fmt::format("{} AND first_seen < ?4 ORDER BY first_seen DESC, id DESC LIMIT ?5", select_transition));
    if (!statement) {
        return base::failure(statement.error());
    }
    bind_subject(*statement, 1, subject);
    statement->bind(4, before ? to_row(*before) : std::numeric_limits<std::int64_t>::max()).bind(5, limit_row(limit));
    return transitions_of(*statement);
}

} // namespace mailpreflight::store
