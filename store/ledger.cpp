#include "store/ledger.hpp"

#include "base/text.hpp"
#include "json/ledger_codec.hpp"
#include "store/ledger_parts.hpp"
#include "store/rows.hpp"
#include "store/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace mailpreflight::store {

namespace {

using namespace std::chrono_literals;

constexpr auto lock_poll = 20ms;
constexpr base::Duration proof_kept_fresh = 60s; ///< an acceptance this soon after the last is not written again
constexpr base::Duration clock_step = 2s;        ///< less is how exactly two clocks are read

bool is_account_name(std::string_view name) {
    constexpr std::size_t longest = 200; // of a file name, with what stands around it
    return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

base::Error no_account_name(const std::string& name) {
    return {base::ErrorCode::invalid_argument, "not a name of an account: letters, digits, - and _ only", name};
}

core::Failure under_way(std::string why) {
    return {core::Stage::authenticate, core::Cause::presentation_withheld, std::move(why), base::Duration(1s)};
}

const std::string& shown(const core::Presentation& presentation) {
    return presentation.shown.empty() ? presentation.account : presentation.shown;
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
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

tl::unexpected<core::Failure> cannot_guard(const base::Error& error) {
    return core::failed(core::Stage::authenticate,
                        core::Cause::secret_unreadable,
                        "the guard's ledger cannot be used, so nothing is sent: " + error.message());
}

base::Duration uptime(const base::Clock& clock) {
    return std::chrono::duration_cast<base::Duration>(clock.steady_now().time_since_epoch());
}

/// One who wants to present; the first who came goes first, so that a sweep does not keep a login check waiting.
class Ledger::Turn {
public:
    Turn(Ledger& ledger, const std::string& person) :
        ledger_(ledger),
        waiting_(ledger.turns_[person]),
        own_(waiting_.insert(waiting_.end(), 0)) {}
    ~Turn() {
        waiting_.erase(own_);
        ++ledger_.finishes_;
        ledger_.finished_.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    [[nodiscard]] bool is_first() const {
        return waiting_.begin() == own_;
    }

private:
    Ledger& ledger_;
    std::list<std::uint64_t>& waiting_;
    std::list<std::uint64_t>::iterator own_;
};

Ledger::Ledger(std::filesystem::path directory, Database database, const base::Clock& clock) :
    directory_(std::move(directory)),
    clock_(clock),
    boot_(boot_id()),
    database_(std::move(database)) {}

base::Result<std::unique_ptr<Ledger>> Ledger::open(const std::filesystem::path& state_directory,
                                                   Policies policies,
                                                   const base::Clock& clock,
                                                   const Names& names) {
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
    std::unique_ptr<Ledger> ledger(new Ledger(state_directory, std::move(*database), clock));
    if (auto status = ledger->configure(std::move(policies), names); !status) {
        return base::failure(status.error());
    }
    return ledger;
}

base::Status Ledger::configure(Policies policies, const Names& names) {
    const std::lock_guard guard(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return base::failure(transaction.error());
    }
    for (const auto& [account, forms] : names) {
        if (auto status = bind(account, forms); !status) {
            return status;
        }
    }
    policies_ = std::move(policies);
    return transaction->commit();
}

/// Finds or makes what the person is kept under. What two accounts had before it was known that they are one is put
/// together.
base::Status Ledger::bind(const std::string& account, const std::vector<std::string>& names) {
    const auto find = [&](const char* sql, const std::string& key) -> base::Result<std::optional<std::string>> {
        auto statement = database_.prepare(sql);
        if (!statement) {
            return base::failure(statement.error());
        }
        const auto row = statement->bind(1, key).step();
        if (!row) {
            return base::failure(row.error());
        }
        return *row ? std::optional(statement->text(0)) : std::nullopt;
    };
    std::vector<std::string> kept;
    std::vector<std::string> unknown;
    for (const std::string& name : names) {
        const auto found = find("SELECT account FROM person WHERE name = ?1", base::to_lower(name));
        if (!found) {
            return base::failure(found.error());
        }
        if (!*found) {
            unknown.push_back(base::to_lower(name));
        } else if (std::find(kept.begin(), kept.end(), **found) == kept.end()) {
            kept.push_back(**found);
        }
    }
    std::string person = account;
    if (!kept.empty()) {
        person = kept.front();
    } else {
        for (int number = 2;; ++number) { // the account's name may have been somebody else's
            const auto taken = find("SELECT name FROM person WHERE account = ?1", person);
            if (!taken) {
                return base::failure(taken.error());
            }
            if (!*taken) {
                break;
            }
            person = fmt::format("{}-{}", account, number);
        }
    }
    persons_[account] = person;
    for (std::size_t other = 1; other < kept.size(); ++other) {
        auto into = read(person);
        const auto from = read(kept[other]);
        if (!into || !from) {
            return base::failure(into ? from.error() : into.error());
        }
        const auto add = [](auto& times, const auto& more) { times.insert(times.end(), more.begin(), more.end()); };
        add(into->refusals, from->refusals);
        add(into->unanswered, from->unanswered);
        into->locked_at = std::max(into->locked_at, from->locked_at);
        if (auto status = write(person, *into); !status) {
            return status;
        }
    }
    for (const std::string& name : names) {
        const bool is_new = std::find(unknown.begin(), unknown.end(), base::to_lower(name)) != unknown.end();
        if (!is_new && kept.size() < 2) {
            continue;
        }
        auto statement = database_.prepare("INSERT INTO person (name, account) VALUES (?1, ?2) "
                                           "ON CONFLICT DO UPDATE SET account = ?2");
        if (!statement) {
            return base::failure(statement.error());
        }
        if (auto status = statement->bind(1, base::to_lower(name)).bind(2, person).run(); !status) {
            return status;
        }
    }
    return {};
}

std::string Ledger::person(const std::string& account) const {
    const auto found = persons_.find(account);
    return found == persons_.end() ? account : found->second;
}

std::string Ledger::person_of(const std::string& account) const {
    const std::lock_guard guard(mutex_);
    return person(account);
}

core::Outcome<core::Permit> Ledger::begin(const core::Presentation& presentation, const base::Deadline& deadline) {
    if (!is_account_name(presentation.account)) {
        return cannot_guard(no_account_name(presentation.account));
    }
    Guard guard(mutex_);
    Given given{presentation, person(presentation.account), std::nullopt, {}, std::nullopt};
    const Turn turn(*this, given.person);
    const core::GuardPolicy policy = policy_of(presentation.account);
    for (;;) {
        if (auto status = settle_endings(given.person); !status) {
            return cannot_guard(status.error());
        }
        auto ledger = read(given.person);
        if (!ledger) {
            return cannot_guard(ledger.error());
        }
        ledger->outstanding.reset(); // whether its holder lives is known under the account's lock alone
        const auto grant = core::may_present(*ledger, presentation, policy, clock_.now());
        if (!grant) {
            return tl::unexpected(grant.error());
        }
        const bool proven = grant->proven && !presentation.individual;
        std::string busy = fmt::format("account {} has as many presentations in flight as it may", shown(presentation));
        const auto tried = presentation.individual ? may_try(given.presentation) : core::Outcome<bool>(true);
        if (!tried) {
            return tl::unexpected(tried.error());
        }
        if (!*tried) {
            busy = fmt::format("another individual password of {} is under way", presentation.door.source);
        } else if (turn.is_first()) {
            if (!proven) {
                auto lock = try_lock(given.person);
                if (!lock) {
                    return cannot_guard(lock.error());
                }
                given.lock = std::move(*lock);
                busy = fmt::format("another presentation of account {} is under way", shown(presentation));
            }
            if (proven || given.lock) {
                auto places = take_places(given.person, core::room(*ledger, policy, clock_.now()), policy);
                if (!places) {
                    return cannot_guard(places.error());
                }
                given.places = std::move(*places);
            }
            if (!given.places.empty()) {
                auto permit = begin_with(std::move(given));
                if (!permit) {
                    return tl::unexpected(permit.error());
                }
                if (*permit) {
                    return std::move(**permit);
                }
                given = Given{presentation, person(presentation.account), std::nullopt, {}, std::nullopt};
                continue;
            }
            given.lock.reset();
        }
        if (!wait(guard, deadline)) {
            return tl::unexpected(under_way(std::move(busy)));
        }
    }
}

core::Outcome<std::optional<core::Permit>> Ledger::begin_with(Given given) {
    const core::Presentation& presentation = given.presentation;
    const core::GuardPolicy policy = policy_of(presentation.account);
    const base::SystemTime now = clock_.now();
    if (!given.lock) {
        // Another program may have been refused since it was decided.
        auto kept = read(given.person);
        if (!kept) {
            return cannot_guard(kept.error());
        }
        kept->outstanding.reset();
        const auto grant = core::may_present(*kept, presentation, policy, now);
        if (!grant) {
            return tl::unexpected(grant.error());
        }
        if (!grant->proven || core::room(*kept, policy, now) + given.places.size() <= core::most_in_flight(policy)) {
            return std::nullopt;
        }
        for (FileLock& place : given.places) {
            if (auto status = place.mark(); !status) {
                return cannot_guard(status.error());
            }
        }
        return give(std::move(given));
    }
    // Refusals of proven presentations are written without the account's lock: hence the transaction.
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return cannot_guard(transaction.error());
    }
    auto kept = read(given.person);
    if (!kept) {
        return cannot_guard(kept.error());
    }
    const core::AccountLedger ledger = core::settle(*kept, policy, now);
    const auto grant = core::may_present(ledger, presentation, policy, now);
    core::SprayBrake brake;
    bool braked = false;
    if (presentation.individual) {
        auto read = settled_brake(presentation.door.source);
        if (!read) {
            return cannot_guard(read.error());
        }
        brake = std::move(*read);
        const auto tried = core::may_try(brake, of_person(presentation), {}, now);
        braked = !tried || !*tried; // may_try() says why when it is asked for anew
    }
    // Proven while we waited, or somebody died and left less room: asked for anew, with that in the books.
    const bool anew = grant && (braked || (grant->proven && !presentation.individual) ||
                                core::room(ledger, policy, now) + given.places.size() <= core::most_in_flight(policy));
    const bool goes = grant && !anew;
    const core::AccountLedger next = goes ? core::begun(ledger, presentation, now) : ledger;
    if (goes && presentation.individual) {
        if (auto status = write_brake(presentation.door.source, core::begun(std::move(brake), given.person, now));
            !status) {
            return cannot_guard(status.error());
        }
    }
    if (goes || next != *kept) {
        if (auto status = write(given.person, next).and_then([&] { return transaction->commit(); }); !status) {
            return cannot_guard(status.error());
        }
    }
    if (!grant) {
        return tl::unexpected(grant.error());
    }
    return anew ? std::optional<core::Permit>() : give(std::move(given));
}

void Ledger::finish(std::uint64_t permit, core::PresentationEnding ending) noexcept {
    const std::lock_guard guard(mutex_);
    const auto found = given_.find(permit);
    if (found == given_.end() || found->second.ended) {
        return;
    }
    Ended& ended = found->second.ended.emplace(Ended{});
    ended.ending = std::move(ending);
    ended.order = ++finishes_;
    try {
        ended.at = clock_.now();
        // A failure leaves the ending where it is: the next begin() writes it first.
        static_cast<void>(settle_endings(found->second.person));
    } catch (...) { // NOLINT(bugprone-empty-catch): out of memory; the ending is kept as above
    }
    finished_.notify_all();
}

bool Ledger::is_proven(const std::string& account, const std::string& fingerprint) {
    const auto ledger = snapshot(account);
    const std::lock_guard guard(mutex_);
    return ledger && core::is_proven(*ledger, fingerprint, policy_of(account), clock_.now());
}

void Ledger::heard_from_directory(const std::string& account, bool locked) {
    if (!is_account_name(account)) {
        return;
    }
    const std::lock_guard guard(mutex_);
    const std::string kept_under = person(account);
    if (!settle_endings(kept_under)) {
        return;
    }
    auto transaction = Transaction::begin(database_);
    const auto kept = transaction ? read(kept_under) : base::Result<core::AccountLedger>(core::AccountLedger{});
    if (!transaction || !kept) {
        return;
    }
    const core::AccountLedger next = core::heard_from_directory(*kept, locked, clock_.now());
    if (next != *kept) {
        static_cast<void>(write(kept_under, next).and_then([&] { return transaction->commit(); }));
    }
}

std::optional<core::Failure> Ledger::revoked(const core::Presentation& presentation) {
    const auto ledger = snapshot(presentation.account);
    if (!ledger) {
        return cannot_guard(ledger.error()).value();
    }
    const std::lock_guard guard(mutex_);
    if (presentation.individual) {
        const auto brake = read_brake(presentation.door.source);
        if (!brake) {
            return cannot_guard(brake.error()).value();
        }
        if (auto tried = core::may_try(*brake, of_person(presentation), {}, clock_.now()); !tried) {
            return std::move(tried.error());
        }
    }
    return core::revoked(*ledger, presentation, policy_of(presentation.account), clock_.now());
}

core::Outcome<core::AccountLedger>
Ledger::retry(const std::string& account, bool force, const base::Deadline& deadline) {
    if (!is_account_name(account)) {
        return cannot_guard(no_account_name(account));
    }
    Guard guard(mutex_);
    const std::string kept_under = person(account);
    if (auto status = settle_endings(kept_under); !status) {
        return cannot_guard(status.error());
    }
    std::optional<FileLock> lock;
    while (!lock) {
        auto taken = try_lock(kept_under);
        if (!taken) {
            return cannot_guard(taken.error());
        }
        lock = std::move(*taken);
        if (!lock && !wait(guard, deadline)) {
            return tl::unexpected(under_way(fmt::format("another presentation of account {} is under way", account)));
        }
    }
    auto transaction = Transaction::begin(database_);
    if (!transaction) {
        return cannot_guard(transaction.error());
    }
    auto kept = read(kept_under);
    if (!kept) {
        return cannot_guard(kept.error());
    }
    auto ledger = core::retried(std::move(*kept), policy_of(account), clock_.now(), force);
    if (!ledger) {
        return ledger;
    }
    if (auto status = write(kept_under, *ledger).and_then([&] { return transaction->commit(); }); !status) {
        return cannot_guard(status.error());
    }
    return ledger;
}

base::Result<core::AccountLedger> Ledger::snapshot(const std::string& account) {
    const std::lock_guard guard(mutex_);
    const std::string kept_under = person(account);
    auto ledger = read(kept_under);
    if (!ledger) {
        return ledger;
    }
    std::vector<const Given*> endings;
    for (const auto& [id, given] : given_) {
        if (given.ended && given.person == kept_under) {
            endings.push_back(&given);
        }
    }
    std::sort(endings.begin(), endings.end(), [](const Given* a, const Given* b) {
        return a->ended->order < b->ended->order;
    });
    for (const Given* const given : endings) {
        *ledger = with_ending(std::move(*ledger), *given);
    }
    return ledger;
}

core::GuardPolicy Ledger::policy_of(const std::string& account) const {
    auto found = policies_.find(account);
    if (found == policies_.end()) {
        found = policies_.find(""); // of those that have none of their own
    }
    return found == policies_.end() ? core::GuardPolicy{} : found->second;
}

base::Result<core::AccountLedger> Ledger::read(const std::string& person) {
    auto statement = database_.prepare("SELECT ledger, boot, uptime, updated_at FROM account WHERE name = ?1");
    if (!statement) {
        return base::failure(statement.error());
    }
    const auto row = statement->bind(1, person).step();
    if (!row) {
        return base::failure(row.error());
    }
    if (!*row) {
        return core::AccountLedger{};
    }
    auto ledger = value_in<core::AccountLedger>(statement->text(0));
    if (!ledger) {
        return base::failure(ledger.error().wrap("cannot read what is kept of the account", person));
    }
    const base::Duration step = clock_step_since(*statement, 1);
    return step == base::Duration::zero() ? std::move(*ledger) : core::after_clock_step(std::move(*ledger), step);
}

base::Duration Ledger::clock_step_since(const Statement& row, int column) const {
    if (row.text(column) != boot_ || boot_.empty()) {
        return base::Duration::zero();
    }
    const base::Duration passed = uptime(clock_) - base::Duration(row.number(column + 1));
    const base::Duration step = clock_.now() - base::SystemTime(base::Duration(row.number(column + 2))) - passed;
    return step > clock_step || step < -clock_step ? step : base::Duration::zero();
}

base::Status Ledger::write(const std::string& person, const core::AccountLedger& ledger) {
    auto statement =
        database_.prepare("INSERT INTO account (name, ledger, boot, uptime, updated_at) VALUES (?1, ?2, ?3, ?4, ?5) "
                          "ON CONFLICT DO UPDATE SET ledger = ?2, boot = ?3, uptime = ?4, updated_at = ?5");
    if (!statement) {
        return base::failure(statement.error());
    }
    return statement->bind(1, person)
        .bind(2, json::write(json::to_json(ledger)))
        .bind(3, boot_)
        .bind(4, uptime(clock_).count())
        .bind(5, to_row(clock_.now()))
        .run();
}

core::AccountLedger Ledger::with_ending(core::AccountLedger ledger, const Given& given) const {
    return core::finished(std::move(ledger),
                          given.presentation,
                          given.lock.has_value(),
                          given.ended->ending,
                          policy_of(given.presentation.account),
                          given.ended->at);
}

base::Status Ledger::settle_endings(const std::string& person) {
    for (;;) {
        auto next = given_.end();
        for (auto it = given_.begin(); it != given_.end(); ++it) {
            if (it->second.ended && it->second.person == person &&
                (next == given_.end() || it->second.ended->order < next->second.ended->order)) {
                next = it;
            }
        }
        if (next == given_.end()) {
            return {};
        }
        auto status = write_ending(next->second);
        // A proof that is lost costs a presentation later; it must not stop what is free of writes.
        const bool may_be_lost =
            next->second.ended->ending.result == core::PresentationResult::accepted && !next->second.lock.has_value();
        if (!status && !may_be_lost) {
            return status;
        }
        for (FileLock& place : next->second.places) {
            place.unmark();
        }
        given_.erase(next);
    }
}

base::Status Ledger::write_ending(const Given& given) {
    const std::string& account = given.person;
    const base::SystemTime at = given.ended->at;
    // Most endings are a proof of a proven secret: they are looked at first without keeping other programs waiting.
    auto before = read(account);
    if (!before) {
        return base::failure(before.error());
    }
    const core::Presentation& presentation = given.presentation;
    if (!presentation.individual && !is_worth_writing(*before, with_ending(*before, given), at)) {
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
    if (presentation.individual) {
        auto brake = read_brake(presentation.door.source);
        if (!brake) {
            return base::failure(brake.error());
        }
        auto next = core::finished(std::move(*brake), account, given.ended->ending.result, {}, at);
        if (auto status = write_brake(presentation.door.source, next); !status) {
            return status;
        }
    }
    return transaction->commit();
}

core::Permit Ledger::give(Given given) {
    const std::uint64_t id = ++last_permit_;
    const auto hour = std::chrono::floor<std::chrono::hours>(clock_.now());
    auto& hours = presented_[given.person];
    ++hours[hour];
    hours.erase(hours.begin(), hours.lower_bound(hour - std::chrono::hours(23)));
    given_.emplace(id, std::move(given));
    return {*this, id};
}

std::size_t Ledger::waiting(const std::string& account) const {
    const std::lock_guard lock(mutex_);
    const auto found = turns_.find(person(account));
    return found == turns_.end() ? 0 : found->second.size();
}

int Ledger::presentations(const std::string& account) const {
    const std::lock_guard lock(mutex_);
    const auto found = presented_.find(person(account));
    if (found == presented_.end()) {
        return 0;
    }
    const auto since = std::chrono::floor<std::chrono::hours>(clock_.now()) - std::chrono::hours(23);
    return std::accumulate(found->second.lower_bound(since), found->second.end(), 0, [](int sum, const auto& hour) {
        return sum + hour.second;
    });
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

base::Result<std::optional<FileLock>> Ledger::try_lock(const std::string& person) {
    return FileLock::try_take(directory_ / fmt::format("ledger.{}.lock", person));
}

base::Result<std::vector<FileLock>>
Ledger::take_places(const std::string& person, std::size_t room, const core::GuardPolicy& policy) {
    const std::size_t all = core::most_in_flight(policy);
    std::vector<FileLock> places;
    for (std::size_t number = 0; number < all; ++number) {
        auto place = FileLock::try_take(directory_ / fmt::format("ledger.{}.place{}.lock", person, number));
        if (!place) {
            return base::failure(place.error());
        }
        if (*place) {
            places.push_back(std::move(**place));
        }
    }
    const bool somebody_died =
        std::any_of(places.begin(), places.end(), [](const FileLock& place) { return place.is_marked(); });
    if (somebody_died) {
        auto transaction = Transaction::begin(database_);
        if (!transaction) {
            return base::failure(transaction.error());
        }
        auto ledger = read(person);
        if (!ledger) {
            return base::failure(ledger.error());
        }
        for (const FileLock& place : places) {
            if (place.is_marked()) {
                *ledger = core::lost(std::move(*ledger), {}, clock_.now());
            }
        }
        if (auto status = write(person, *ledger).and_then([&] { return transaction->commit(); }); !status) {
            return base::failure(status.error());
        }
        for (FileLock& place : places) {
            place.unmark();
        }
        return std::vector<FileLock>();
    }
    // Where there is room for fewer than there are places, each presentation takes those of the others, too.
    const std::size_t needed = all + 1 - std::min(room, all);
    if (room == 0 || places.size() < needed) {
        return std::vector<FileLock>();
    }
    places.erase(places.begin() + static_cast<std::ptrdiff_t>(needed), places.end());
    return places;
}

} // namespace mailpreflight::store
