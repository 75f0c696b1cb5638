#include "store/timeline_rows.hpp"

#include "json/codec.hpp"
#include "store/rows.hpp"

#include <fmt/format.h>

#include <limits>
#include <string_view>
#include <utility>

namespace mailpreflight::store {

namespace {

constexpr std::string_view select_timeline =
    "SELECT at, kind, source, batch, address, incident, done_by, text FROM timeline WHERE";

std::int64_t end_of(std::optional<base::SystemTime> before) {
    return before ? to_row(*before) : std::numeric_limits<std::int64_t>::max();
}

/// Parameters from ?3 on; ?1 is the end, ?2 how many.
std::string condition_for(const TimelineScope& scope) {
    if (scope.incident != 0) {
        return "incident = ?3";
    }
    if (!scope.batch.empty()) {
        return "batch = ?3";
    }
    if (!scope.address.empty()) {
        return "source = ?3 AND (address = ?4 OR (incident <> 0 AND incident IN (SELECT number FROM incident_subject "
               "WHERE source = ?3 AND subject_kind = 'mailbox' AND subject = ?4)))";
    }
    return "source = ?3";
}

base::Result<core::TimelineEntry> entry_at(const Statement& row) {
    const auto kind = core::timeline_kind_named(row.text(1));
    if (!kind) {
        return base::failure(base::ErrorCode::parse, "there is no such kind of timeline entry: " + row.text(1));
    }
    return core::TimelineEntry{.at = time_at(row, 0),
                               .kind = *kind,
                               .source = row.text(2),
                               .batch = row.text(3),
                               .address = row.text(4),
                               .incident = static_cast<std::uint64_t>(row.number(5)),
                               .by = row.text(6),
                               .text = row.text(7)};
}

base::Result<std::vector<core::BaselineDifference>> read_changes(Statement& statement, std::int64_t acceptance) {
    statement.bind(1, acceptance);
    std::vector<core::BaselineDifference> changes;
    auto status = for_each_row(statement, [&](const Statement& row) -> base::Status {
        auto key = key_at(row, 0);
        auto after = value_in<core::BaselineEntry>(row.text(5));
        if (!key || !after) {
            return base::failure(!key ? key.error() : after.error());
        }
        core::BaselineDifference change{std::move(*key), std::nullopt, std::move(*after), time_at(row, 6)};
        if (!row.is_null(4)) {
            auto before = value_in<core::BaselineEntry>(row.text(4));
            if (!before) {
                return base::failure(before.error());
            }
            change.before = std::move(*before);
        }
        changes.push_back(std::move(change));
        return {};
    });
    if (!status) {
        return base::failure(status.error().wrap("cannot read an acceptance"));
    }
    return changes;
}

} // namespace

base::Result<std::vector<core::TimelineEntry>> read_timeline(Database& database,
                                                             const TimelineScope& scope,
                                                             std::optional<base::SystemTime> before,
                                                             std::size_t limit) {
    auto statement = database.prepare(
        fmt::format("{} {} AND at < ?1 ORDER BY at DESC, id DESC LIMIT ?2", select_timeline, condition_for(scope)));
    if (!statement) {
        return base::failure(statement.error());
    }
    statement->bind(1, end_of(before)).bind(2, limit_row(limit));
    if (scope.incident != 0) {
        statement->bind(3, static_cast<std::int64_t>(scope.incident));
    } else if (!scope.batch.empty()) {
        statement->bind(3, scope.batch);
    } else {
        statement->bind(3, scope.source);
        if (!scope.address.empty()) {
            statement->bind(4, scope.address);
        }
    }
    std::vector<core::TimelineEntry> entries;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        auto entry = entry_at(row);
        if (!entry) {
            return base::failure(entry.error());
        }
        entries.push_back(std::move(*entry));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return entries;
}

base::Status write_timeline(Database& database, const std::vector<core::TimelineEntry>& entries) {
    return run_each(
        database,
        "INSERT INTO timeline (at, kind, source, batch, address, incident, done_by, text) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        entries,
        [](Statement& s, const core::TimelineEntry& entry) {
            s.bind(1, to_row(entry.at)).bind(2, core::name_of(entry.kind)).bind(3, entry.source).bind(4, entry.batch);
            s.bind(5, entry.address).bind(6, static_cast<std::int64_t>(entry.incident)).bind(7, entry.by);
            s.bind(8, entry.text);
        });
}

base::Result<std::vector<core::Acceptance>> read_acceptances(Database& database,
                                                             const std::string& source,
                                                             std::optional<base::SystemTime> before,
                                                             std::size_t limit) {
    auto statement = database.prepare("SELECT id, at, source, scope, done_by, reason, accepted FROM acceptance "
                                      "WHERE (?1 = '' OR source = ?1) AND at < ?2 ORDER BY id DESC LIMIT ?3");
    auto changes = database.prepare("SELECT source, subject_kind, subject, check_name, before, after, since "
                                    "FROM acceptance_change WHERE acceptance = ?1 "
                                    "ORDER BY check_name, subject_kind, subject");
    if (!statement || !changes) {
        return base::failure(!statement ? statement.error() : changes.error());
    }
    statement->bind(1, source).bind(2, end_of(before)).bind(3, limit_row(limit));
    std::vector<core::Acceptance> acceptances;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        auto changed = read_changes(*changes, row.number(0));
        if (!changed) {
            return base::failure(changed.error());
        }
        acceptances.push_back({.at = time_at(row, 1),
                               .source = row.text(2),
                               .scope = row.text(3),
                               .by = row.text(4),
                               .reason = row.text(5),
                               .accepted = static_cast<std::size_t>(row.number(6)),
                               .changes = std::move(*changed)});
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return acceptances;
}

base::Status write_acceptances(Database& database, const std::vector<core::Acceptance>& acceptances) {
    for (const core::Acceptance& acceptance : acceptances) {
        const std::vector<const core::Acceptance*> one{&acceptance};
        auto status =
            run_each(database,
                     "INSERT INTO acceptance (at, source, scope, done_by, reason, accepted) VALUES (?1, ?2, ?3, ?4, "
                     "?5, ?6)",
                     one,
                     [](Statement& s, const core::Acceptance* row) {
                         s.bind(1, to_row(row->at)).bind(2, row->source).bind(3, row->scope).bind(4, row->by);
                         s.bind(5, row->reason).bind(6, limit_row(row->accepted));
                     });
        if (!status) {
            return status;
        }
        const auto id = database.number("SELECT last_insert_rowid()");
        if (!id) {
            return base::failure(id.error());
        }
        status = run_each(
            database,
            "INSERT INTO acceptance_change (acceptance, source, subject_kind, subject, check_name, "
            "before, after, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            acceptance.changes,
            [&](Statement& s, const core::BaselineDifference& change) {
                s.bind(1, *id);
                bind_key(s, 2, change.key);
                s.bind(6, change.before ? std::optional(json::write(json::to_json(*change.before))) : std::nullopt);
                s.bind(7, json::write(json::to_json(change.now))).bind(8, to_row(change.since));
            });
        if (!status) {
            return status;
        }
    }
    return {};
}

} // namespace mailpreflight::store
