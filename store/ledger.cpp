#include "store/ledger.hpp"

#include "json/ledger_codec.hpp"
#include "store/rows.hpp"
#include "store/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

namespace mailpreflight::store {

namespace {

using namespace std::chrono_literals;

constexpr auto lock_poll = 20ms;
constexpr base::Duration proof_kept_fresh = 60s; ///< an acceptance this soon after the last is not written again
constexpr int most_in_flight_undeclared = 2;
constexpr int most_in_flight = 8;

tl::unexpected<core::Failure> cannot_guard(const base::Error& error) {
    return core::failed(core::Stage::authenticate,
                        core::Cause::secret_unreadable,
                        "the guard's ledger cannot be used, so nothing is sent: " + error.message());
}

bool is_account_name(std::string_view name) {
    constexpr std::size_t longest = 200; // of a file name, with what stands around it
    return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

base::Error no_account_name(const std::string& name) {
    return {base::ErrorCode::invalid_argument, "not a name of an account: letters, digits, - and _ only", name};
}

/// Presentations that the account may have in flight here, handshakes too: at the instant at which a password changes
/// each of them is one that the directory counts.
std::size_t room(const core::GuardPolicy& policy) {
    if (!policy.threshold_declared) {
        return most_in_flight_undeclared;
    }
    return static_cast<std::size_t>(std::clamp(policy.lockout_threshold - 1, 1, most_in_flight));
}

bool is_fresh(const std::optional<base::SystemTime>& then, base::SystemTime now) {
    return then && *then <= now && now - *then < proof_kept_fresh;
}

/// Does `after` say anything that a restart must know, beside an acceptance that is only a little newer?
bool is_worth_writing(const core::AccountLedger& before, core::AccountLedger after, base::SystemTime now) {
    if (is_fresh(before.accepted_at, now)) {
        after.accepted_at = before.accepted_at;
    }
    for (auto& [door, kept] : after.doors) {
        if (const auto known = before.doors.find(door);
            known != before.doors.end() && kept.accepted_at && is_fresh(known->second.accepted_at, now)) {
            kept.accepted_at = known->second.accepted_at;
        }
    }
    return after != before;
}

/// The opening of the file by several programs at once, one after the other.
base::Result<FileLock> opening_lock(const std::filesystem::path& directory) {
    const base::Deadline deadline = base::Deadline::in(5s);
    for (;;) {
        auto lock = FileLock::try_take(directory / "ledger.lock");
        if (!lock) {
            return base::failure(lock.error());
        }
        if (*lock) {
            return std::move(**lock);
        }
        if (deadline.passed()) {
            return base::failure(
                base::ErrorCode::timeout, "another program holds the guard's ledger", directory.string());
        }
        std::this_thread::sleep_for(lock_poll);
    }
}

} // namespace

Ledger::Ledger(std::filesystem::path directory, Database database, Policies policies, const base::Clock& clock) :
    directory_(std::move(directory)),
    clock_(clock),
    database_(std::move(database)),
    policies_(std::move(policies)) {}

base::Result<std::unique_ptr<Ledger>>
Ledger::open(const std::filesystem::path& state_directory, Policies policies, const base::Clock& clock) {
    if (auto status = make_state_directory(state_directory); !status) {
        return base::failure(status.error());
    }
    const auto lock = opening_lock(state_directory);
    if (!lock) {
        return base::failure(lock.error());
    }
    auto database = Database::open(state_directory / "ledger.db");
    if (!database) {
        return base::failure(database.error());
    }
    if (auto status = migrate(*database, ledger_schema()); !status) {
        return base::failure(status.error());
    }
    return std::unique_ptr<Ledger>(new Ledger(state_directory, std::move(*database), std::move(policies), clock));
}

core::Outcome<core::Permit> Ledger::begin(const core::Presentation& presentation, const base::Deadline& deadline) {
    if (!is_account_name(presentation.account)) {
        return cannot_guard(no_account_name(presentation.account));
    }
    Guard guard(mutex_);
    for (;;) {
        if (auto status = settle_endings(presentation.account); !status) {
            return cannot_guard(status.error());
        }
        auto ledger = read(presentation.account);
        if (!ledger) {
            return cannot_guard(ledger.error());
        }
        ledger->outstanding.reset(); // whether its holder lives is known under the account's lock alone
        const auto grant = core::may_present(*ledger, presentation, policy_of(presentation.account), clock_.now());
        if (!grant) {
            return tl::unexpected(grant.error());
        }
        if (!has_room(presentation)) {
            if (!wait(guard, deadline)) {
                return core::failed(
                    core::Stage::authenticate,
                    core::Cause::presentation_withheld,
                    fmt::format("account {} has as many presentations in flight as it may", presentation.account),
                    base::Duration(1s));
            }
            continue; // one of them may have been refused
        }
        if (grant->proven) {
            return give(presentation, std::nullopt);
        }
        auto lock = take_lock(guard, presentation.account, deadline);
        if (!lock) {
            return tl::unexpected(lock.error());
        }
        auto permit = begin_unproven(presentation, std::move(*lock));
        if (!permit) {
            return tl::unexpected(permit.error());
        }
        if (*permit) {
            return std::move(**permit);
        }
    }
}

core::Outcome<std::optional<core::Permit>> Ledger::begin_unproven(const core::Presentation& presentation,
                                                                  FileLock lock) {
    if (!has_room(presentation)) {
        return std::nullopt; // taken while we waited for the lock
    }
    const core::GuardPolicy policy = policy_of(presentation.account);
    const base::SystemTime now = clock_.now();
    if (auto status = settle_endings(presentation.account); !status) {
        return cannot_guard(status.error());
    }
    // Refusals of proven presentations are written without the account's lock: hence the transaction.
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return cannot_guard(transaction.error());
    }
    auto kept = read(presentation.account);
    if (!kept) {
        return cannot_guard(kept.error());
    }
    const core::AccountLedger ledger = core::settle(*kept, policy, now);
    const auto grant = core::may_present(ledger, presentation, policy, now);
    if (grant && grant->proven) {
        return std::nullopt; // somebody proved it while we waited
    }
    const core::AccountLedger next = grant ? core::begun(ledger, presentation, now) : ledger;
    if (next != *kept) {
        if (auto status = write(presentation.account, next).and_then([&] { return transaction->commit(); }); !status) {
            return cannot_guard(status.error());
        }
    }
    if (!grant) {
        return tl::unexpected(grant.error());
    }
    return give(presentation, std::move(lock));
}

void Ledger::finish(std::uint64_t permit, core::PresentationResult result, std::string_view why, bool locked) noexcept {
    const std::lock_guard guard(mutex_);
    const auto found = given_.find(permit);
    if (found == given_.end() || found->second.ending) {
        return;
    }
    found->second.ending.emplace();
    Ending& ending = *found->second.ending;
    ending.result = result;
    ending.locked = locked;
    ending.order = ++finishes_;
    try {
        ending.at = clock_.now();
        ending.why = why;
        // A failure leaves the ending where it is: the next begin() writes it first.
        static_cast<void>(settle_endings(found->second.presentation.account));
    } catch (...) { // NOLINT(bugprone-empty-catch): out of memory; the ending is kept as above
    }
    finished_.notify_all();
}

bool Ledger::is_proven(const std::string& account, const std::string& fingerprint) {
    const auto ledger = snapshot(account);
    const std::lock_guard guard(mutex_);
    return ledger && core::is_proven(*ledger, fingerprint, policy_of(account), clock_.now());
}

core::Outcome<core::AccountLedger>
Ledger::retry(const std::string& account, bool force, const base::Deadline& deadline) {
    if (!is_account_name(account)) {
        return cannot_guard(no_account_name(account));
    }
    Guard guard(mutex_);
    if (auto status = settle_endings(account); !status) {
        return cannot_guard(status.error());
    }
    const auto lock = take_lock(guard, account, deadline);
    if (!lock) {
        return tl::unexpected(lock.error());
    }
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return cannot_guard(transaction.error());
    }
    auto kept = read(account);
    if (!kept) {
        return cannot_guard(kept.error());
    }
    auto ledger = core::retried(std::move(*kept), policy_of(account), clock_.now(), force);
    if (!ledger) {
        return ledger;
    }
    if (auto status = write(account, *ledger).and_then([&] { return transaction->commit(); }); !status) {
        return cannot_guard(status.error());
    }
    return ledger;
}

base::Result<core::AccountLedger> Ledger::snapshot(const std::string& account) {
    const std::lock_guard guard(mutex_);
    auto ledger = read(account);
    if (!ledger) {
        return ledger;
    }
    std::vector<const Given*> endings;
    for (const auto& [id, given] : given_) {
        if (given.ending && given.presentation.account == account) {
            endings.push_back(&given);
        }
    }
    std::sort(endings.begin(), endings.end(), [](const Given* a, const Given* b) {
        return a->ending->order < b->ending->order;
    });
    for (const Given* const given : endings) {
        *ledger = with_ending(std::move(*ledger), *given);
    }
    return ledger;
}

void Ledger::set_policies(Policies policies) {
    const std::lock_guard guard(mutex_);
    policies_ = std::move(policies);
}

core::GuardPolicy Ledger::policy_of(const std::string& account) const {
    const auto found = policies_.find(account);
    return found == policies_.end() ? core::GuardPolicy{} : found->second;
}

base::Result<core::AccountLedger> Ledger::read(const std::string& account) {
    auto statement = database_.prepare("SELECT ledger FROM account WHERE name = ?1");
    if (!statement) {
        return base::failure(statement.error());
    }
    const auto row = statement->bind(1, account).step();
    if (!row) {
        return base::failure(row.error());
    }
    if (!*row) {
        return core::AccountLedger{};
    }
    auto ledger = value_in<core::AccountLedger>(statement->text(0));
    if (!ledger) {
        return base::failure(ledger.error().wrap("cannot read what is kept of the account", account));
    }
    return ledger;
}

base::Status Ledger::write(const std::string& account, const core::AccountLedger& ledger) {
    auto statement = database_.prepare("INSERT INTO account (name, ledger, updated_at) VALUES (?1, ?2, ?3) "
                                       "ON CONFLICT DO UPDATE SET ledger = ?2, updated_at = ?3");
    if (!statement) {
        return base::failure(statement.error());
    }
    return statement->bind(1, account).bind(2, json::write(json::to_json(ledger))).bind(3, to_row(clock_.now())).run();
}

core::AccountLedger Ledger::with_ending(core::AccountLedger ledger, const Given& given) const {
    return core::finished(std::move(ledger),
                          given.presentation,
                          given.lock.has_value(),
                          given.ending->result,
                          given.ending->why,
                          given.ending->locked,
                          policy_of(given.presentation.account),
                          given.ending->at);
}

base::Status Ledger::settle_endings(const std::string& account) {
    for (;;) {
        auto next = given_.end();
        for (auto it = given_.begin(); it != given_.end(); ++it) {
            if (it->second.ending && it->second.presentation.account == account &&
                (next == given_.end() || it->second.ending->order < next->second.ending->order)) {
                next = it;
            }
        }
        if (next == given_.end()) {
            return {};
        }
        auto status = write_ending(next->second);
        // A proof that is lost costs a presentation later; it must not stop what is free of writes.
        const bool may_be_lost =
            next->second.ending->result == core::PresentationResult::accepted && !next->second.lock.has_value();
        if (!status && !may_be_lost) {
            return status;
        }
        given_.erase(next);
    }
}

base::Status Ledger::write_ending(const Given& given) {
    const std::string& account = given.presentation.account;
    const base::SystemTime at = given.ending->at;
    // Most endings are a proof of a proven secret: they are looked at first without keeping other programs waiting.
    auto before = read(account);
    if (!before) {
        return base::failure(before.error());
    }
    if (!is_worth_writing(*before, with_ending(*before, given), at)) {
        return {};
    }
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return base::failure(transaction.error());
    }
    before = read(account);
    if (!before) {
        return base::failure(before.error());
    }
    if (auto status = write(account, with_ending(std::move(*before), given)); !status) {
        return status;
    }
    return transaction->commit();
}

core::Permit Ledger::give(const core::Presentation& presentation, std::optional<FileLock> lock) {
    const std::uint64_t id = ++last_permit_;
    given_.emplace(id, Given{presentation, std::move(lock), std::nullopt});
    return {*this, id};
}

bool Ledger::has_room(const core::Presentation& presentation) const {
    const auto in_flight = std::count_if(given_.begin(), given_.end(), [&](const auto& entry) {
        const Given& given = entry.second;
        return !given.ending && given.presentation.account == presentation.account;
    });
    return static_cast<std::size_t>(in_flight) < room(policy_of(presentation.account));
}

bool Ledger::wait(Guard& guard, const base::Deadline& deadline) {
    if (deadline.passed() || deadline.stop.stop_requested()) {
        return false;
    }
    const std::uint64_t before = finishes_;
    const auto until = std::min(deadline.at, std::chrono::steady_clock::now() + lock_poll);
    finished_.wait_until(guard, deadline.stop, until, [&] { return finishes_ != before; });
    return true;
}

core::Outcome<FileLock> Ledger::take_lock(Guard& guard, const std::string& account, const base::Deadline& deadline) {
    const std::filesystem::path path = directory_ / fmt::format("ledger.{}.lock", account);
    for (;;) {
        auto lock = FileLock::try_take(path);
        if (!lock) {
            return cannot_guard(lock.error());
        }
        if (*lock) {
            return std::move(**lock);
        }
        if (!wait(guard, deadline)) {
            return core::failed(core::Stage::authenticate,
                                core::Cause::presentation_withheld,
                                fmt::format("another presentation of account {} is under way", account),
                                base::Duration(1s));
        }
    }
}

} // namespace mailpreflight::store
