#pragma once

// How values lie in the rows of state.db; for store/ alone.
#include "base/clock.hpp"
#include "core/track.hpp"
#include "json/reader.hpp"
#include "store/sqlite.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::store {

std::int64_t to_row(base::SystemTime time);
std::optional<std::int64_t> to_row(const std::optional<base::SystemTime>& time);
base::SystemTime time_at(const Statement& row, int column);
std::optional<base::SystemTime> optional_time_at(const Statement& row, int column);

/// What LIMIT takes.
std::int64_t limit_row(std::uint64_t limit);

/// source, subject_kind, subject: three parameters from `first`; with the check: four.
void bind_subject(Statement& statement, int first, const core::Subject& subject);
void bind_key(Statement& statement, int first, const core::TrackKey& key);
/// The key that stands in four columns from `first`.
base::Result<core::TrackKey> key_at(const Statement& row, int first);

std::string text_of(const core::Observation& observation);
/// The observation that a column keeps of `key`; the columns of the key have the last word on it.
base::Result<core::Observation> observation_in(const std::string& text, const core::TrackKey& key);

/// JSON that we wrote ourselves.
template <typename T>
base::Result<T> value_in(const std::string& text) {
    constexpr json::Limits own{.bytes = std::size_t{64} << 20U};
    const auto value = json::parse(text, own);
    return value ? json::from_json<T>(*value) : base::failure(value.error());
}

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

/// Newest first.
base::Result<std::vector<core::Transition>>
read_history(Database& database, const core::TrackKey& key, std::size_t limit);
base::Result<std::vector<core::Transition>>
read_history(Database& database, const core::Subject& subject, std::size_t limit);
/// By the time at which they were first seen, newest first; only those from before `before`.
base::Result<std::vector<core::Transition>> read_history_before(Database& database,
                                                                const core::Subject& subject,
                                                                std::optional<base::SystemTime> before,
                                                                std::size_t limit);

} // namespace mailpreflight::store
