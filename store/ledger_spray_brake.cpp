// What the ledger keeps of lists of individual passwords; the rest of it is in ledger.cpp.
#include "json/ledger_codec.hpp"
#include "store/ledger.hpp"
#include "store/ledger_parts.hpp"
#include "store/rows.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace mailpreflight::store {

core::Outcome<bool> Ledger::may_try(const core::Presentation& presentation) {
    const core::Presentation asked = of_person(presentation);
    // An end that could not be written counts as under way until it is.
    std::set<std::string> unwritten;
    for (const auto& [id, given] : given_) {
        if (given.ended && given.presentation.individual) {
            unwritten.insert(given.person);
        }
    }
    for (const std::string& person : unwritten) {
        if (auto status = settle_endings(person); !status) {
            return cannot_guard(status.error());
        }
    }
    auto brake = read_brake(asked.door.source);
    if (!brake) {
        return cannot_guard(brake.error());
    }
    const bool somebody_elses =
        std::any_of(brake->under_way.begin(), brake->under_way.end(), [&](const core::SprayBrake::Try& one) {
            return !is_presenting(one.account);
        });
    if (somebody_elses) {
        auto transaction = Transaction::begin(database_);
        if (!transaction) {
            return cannot_guard(transaction.error());
        }
        auto settled = settled_brake(asked.door.source);
        if (!settled) {
            return cannot_guard(settled.error());
        }
        if (*settled != *brake) {
            if (auto status = write_brake(asked.door.source, *settled).and_then([&] { return transaction->commit(); });
                !status) {
                return cannot_guard(status.error());
            }
        }
        brake = std::move(settled);
    }
    return core::may_try(*brake, asked, {}, clock_.now());
}

core::Presentation Ledger::of_person(core::Presentation presentation) const {
    presentation.account = person(presentation.account);
    return presentation;
}

bool Ledger::is_presenting(const std::string& person) const {
    return std::any_of(given_.begin(), given_.end(), [&](const auto& entry) { return entry.second.person == person; });
}

base::Result<core::SprayBrake> Ledger::settled_brake(const std::string& source) {
    auto brake = read_brake(source);
    if (!brake) {
        return brake;
    }
    const std::vector<core::SprayBrake::Try> under_way = brake->under_way;
    for (const core::SprayBrake::Try& one : under_way) {
        if (is_presenting(one.account)) {
            continue;
        }
        // Its holder gives the lock back after it wrote the end, which it cannot do during our transaction.
        const auto lock = try_lock(one.account);
        if (!lock) {
            return base::failure(lock.error());
        }
        if (*lock) {
            *brake = core::lost(std::move(*brake), one.account);
        }
    }
    return brake;
}

base::Result<core::SprayBrake> Ledger::spray_brake(const std::string& source) {
    const std::lock_guard guard(mutex_);
    return read_brake(source);
}

core::Outcome<core::SprayBrake> Ledger::release(const std::string& source) {
    const std::lock_guard guard(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return cannot_guard(transaction.error());
    }
    auto brake = read_brake(source);
    if (!brake) {
        return cannot_guard(brake.error());
    }
    if (auto status = write_brake(source, core::released(*brake)).and_then([&] { return transaction->commit(); });
        !status) {
        return cannot_guard(status.error());
    }
    ++finishes_;
    finished_.notify_all();
    return std::move(*brake);
}

base::Result<core::SprayBrake> Ledger::read_brake(const std::string& source) {
    auto statement = database_.prepare("SELECT brake, boot, uptime, updated_at FROM spray_brake WHERE source = ?1");
    if (!statement) {
        return base::failure(statement.error());
    }
    const auto row = statement->bind(1, source).step();
    if (!row) {
        return base::failure(row.error());
    }
    if (!*row) {
        return core::SprayBrake{};
    }
    auto brake = value_in<core::SprayBrake>(statement->text(0));
    if (!brake) {
        return base::failure(brake.error().wrap("cannot read what is kept of the individual passwords of", source));
    }
    return core::after_clock_step(std::move(*brake), clock_step_since(*statement, 1));
}

base::Status Ledger::write_brake(const std::string& source, const core::SprayBrake& brake) {
    auto statement = database_.prepare("INSERT INTO spray_brake (source, brake, boot, uptime, updated_at) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5) "
                                       "ON CONFLICT DO UPDATE SET brake = ?2, boot = ?3, uptime = ?4, updated_at = ?5");
    if (!statement) {
        return base::failure(statement.error());
    }
    return statement->bind(1, source)
        .bind(2, json::write(json::to_json(brake)))
        .bind(3, boot_)
        .bind(4, uptime(clock_).count())
        .bind(5, to_row(clock_.now()))
        .run();
}

} // namespace mailpreflight::store
