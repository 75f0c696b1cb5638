#include "store/outbox_rows.hpp"

#include "json/codec.hpp"
#include "store/rows.hpp"

#include <set>
#include <utility>

namespace mailpreflight::store {

namespace {

base::Result<core::OwedNotice> owed_at(const Statement& row) {
    const auto state = core::owed_state_named(row.text(0));
    if (!state) {
        return base::failure(base::ErrorCode::parse, "there is no such state of a notice: " + row.text(0));
    }
    auto notice = value_in<core::Notice>(row.text(5));
    if (!notice) {
        return base::failure(notice.error().wrap("cannot read a notice"));
    }
    return core::OwedNotice{.notice = std::move(*notice),
                            .state = *state,
                            .attempts = static_cast<std::uint64_t>(row.number(1)),
                            .tried_at = optional_time_at(row, 2),
                            .next_at = optional_time_at(row, 3),
                            .detail = row.text(4)};
}

base::Result<std::vector<core::OwedNotice>> read_notices(Statement& statement) {
    std::vector<core::OwedNotice> notices;
    auto status = for_each_row(statement, [&](const Statement& row) -> base::Status {
        auto owed = owed_at(row);
        if (!owed) {
            return base::failure(owed.error());
        }
        notices.push_back(std::move(*owed));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return notices;
}

} // namespace

base::Result<std::vector<core::OwedNotice>> read_owed(Database& database) {
    auto statement = database.prepare("SELECT state, attempts, tried_at, next_at, detail, notice FROM outbox "
                                      "WHERE state = 'owed' ORDER BY at, id");
    if (!statement) {
        return base::failure(statement.error());
    }
    return read_notices(*statement);
}

base::Result<std::vector<core::OwedNotice>>
read_outbox(Database& database, std::optional<core::OwedState> state, std::size_t limit) {
    auto statement = database.prepare("SELECT state, attempts, tried_at, next_at, detail, notice FROM outbox "
                                      "WHERE ?1 = '' OR state = ?1 ORDER BY at DESC, id LIMIT ?2");
    if (!statement) {
        return base::failure(statement.error());
    }
    statement->bind(1, state ? core::name_of(*state) : "").bind(2, static_cast<std::int64_t>(limit));
    return read_notices(*statement);
}

base::Result<std::map<std::string, core::Owing>> read_owing(Database& database) {
    auto statement =
        database.prepare("SELECT receiver, sum(state = 'owed'), min(CASE state WHEN 'owed' THEN at END), "
                         "sum(state = 'dead') FROM outbox WHERE state IN ('owed', 'dead') GROUP BY receiver");
    if (!statement) {
        return base::failure(statement.error());
    }
    std::map<std::string, core::Owing> owing;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        owing[row.text(0)] = {.owed = static_cast<std::uint64_t>(row.number(1)),
                              .since = optional_time_at(row, 2),
                              .dead = static_cast<std::uint64_t>(row.number(3))};
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return owing;
}

base::Result<core::NoticeMemory> read_memory(Database& database) {
    auto statement = database.prepare("SELECT receiver, memory FROM receiver_memory");
    if (!statement) {
        return base::failure(statement.error());
    }
    core::NoticeMemory all;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        auto memory = value_in<core::ReceiverMemory>(row.text(1));
        if (!memory) {
            return base::failure(memory.error().wrap("cannot read what was told to", row.text(0)));
        }
        all.emplace(row.text(0), std::move(*memory));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return all;
}

base::Status write_outbox(Database& database, const std::map<std::string, core::OwedNotice>& notices) {
    return run_each(database,
                    "INSERT INTO outbox (id, receiver, at, state, attempts, tried_at, next_at, detail, notice) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET state = ?4, attempts = ?5, "
                    "tried_at = ?6, next_at = ?7, detail = ?8, notice = ?9",
                    notices,
                    [](Statement& s, const auto& entry) {
                        core::OwedNotice owed = entry.second;
                        if (owed.state == core::OwedState::delivered) {
                            owed.notice.mailboxes.clear();
                        }
                        s.bind(1, owed.notice.id)
                            .bind(2, owed.notice.receiver)
                            .bind(3, to_row(owed.notice.at))
                            .bind(4, core::name_of(owed.state))
                            .bind(5, static_cast<std::int64_t>(owed.attempts))
                            .bind(6, to_row(owed.tried_at))
                            .bind(7, to_row(owed.next_at))
                            .bind(8, owed.detail)
                            .bind(9, json::write(json::to_json(owed.notice)));
                    });
}

base::Status write_memory(Database& database, const core::NoticeMemory& memory) {
    if (auto status = database.execute("DELETE FROM receiver_memory"); !status) {
        return status;
    }
    return run_each(database,
                    "INSERT INTO receiver_memory (receiver, memory) VALUES (?1, ?2)",
                    memory,
                    [](Statement& s, const auto& entry) {
                        s.bind(1, entry.first).bind(2, json::write(json::to_json(entry.second)));
                    });
}

base::Status forget_notices(Database& database, const std::vector<core::TrackKey>& keys) {
    std::set<std::string> sources;
    for (const core::TrackKey& key : keys) {
        if (core::is_about_mailbox(key.check)) {
            sources.insert(key.subject.source);
        }
    }
    return run_each(database,
                    "DELETE FROM outbox WHERE state <> 'owed' AND json_extract(notice, '$.source') = ?1",
                    sources,
                    [](Statement& s, const std::string& source) { s.bind(1, source); });
}

base::Status prune_outbox(Database& database, base::SystemTime older_than) {
    auto statement = database.prepare("DELETE FROM outbox WHERE at < ?1 AND state <> 'owed'");
    if (!statement) {
        return base::failure(statement.error());
    }
    return statement->bind(1, to_row(older_than)).run();
}

} // namespace mailpreflight::store
