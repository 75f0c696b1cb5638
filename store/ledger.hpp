#pragma once

#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "core/credential_gate.hpp"
#include "core/guard.hpp"
#include "core/spray_brake.hpp"
#include "store/file_lock.hpp"
#include "store/sqlite.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::store {

/// The durable guard of DESIGN 6.1, shared by every program of this host that opens the same state directory. What core
/// decides (core/guard.hpp) is read from and written to `ledger.db`; an unproven presentation holds the account's lock
/// (`ledger.<account>.lock`) from before its write until finish(), so there is one at a time over all processes, and
/// the next who gets the lock knows that a presentation without a result was left by one who died. Every presentation
/// holds a place (`ledger.<account>.place0.lock` and so on), so that no more are in flight than core gives room for; a
/// proven one marks it, which tells the same.
///
/// Individual passwords are written down before they are sent however proven they are, and with them, in one
/// transaction, what the spray brake of their source keeps (core/spray_brake.hpp).
///
/// A person is known by the names that the configurations give: what was kept under one account's name is found by any
/// other that has a name of that person.
///
/// What cannot be read, locked or written is not sent: begin() then answers secret_unreadable. Safe to call from any
/// thread; permits must not outlive it.
class Ledger final : public core::CredentialGate {
public:
    using Policies = std::map<std::string, core::GuardPolicy>;
    /// Account → the forms of its user name.
    using Names = std::map<std::string, std::vector<std::string>>;

    /// Makes directory and file where there are none. An account without a policy gets that of the name "", or else the
    /// default one, which assumes the strictest directory.
    static base::Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& state_directory,
                                                      Policies policies,
                                                      const base::Clock& clock,
                                                      const Names& names = {});

    /// From a reloaded configuration; permits in flight finish under the new one.
    base::Status configure(Policies policies, const Names& names);

    /// What the person is kept under: the first name that an account of theirs had. Fingerprints are made for it.
    [[nodiscard]] std::string person_of(const std::string& account) const;

    /// Waits, while others present the same account, until the deadline or the stop.
    core::Outcome<core::Permit> begin(const core::Presentation& presentation, const base::Deadline& deadline) override;
    bool is_proven(const std::string& account, const std::string& fingerprint) override;
    std::optional<core::Failure> revoked(const core::Presentation& presentation) override;

    /// Kept like a result; what cannot be written holds back nothing: the login check asks the directory itself.
    void heard_from_directory(const std::string& account, bool locked) override;

    /// An operator's `credential retry`. Waits for a presentation that is under way; returns what is kept now.
    core::Outcome<core::AccountLedger> retry(const std::string& account, bool force, const base::Deadline& deadline);
    /// What is kept of the account; an empty ledger for one that never presented.
    base::Result<core::AccountLedger> snapshot(const std::string& account);
    /// What is kept of the individual passwords of a source.
    base::Result<core::SprayBrake> spray_brake(const std::string& source);
    /// An operator's `credential release`; returns what was kept before.
    core::Outcome<core::SprayBrake> release(const std::string& source);
    /// How many wait here to present it.
    [[nodiscard]] std::size_t waiting(const std::string& account) const;
    /// How often this process presented the account's secret in the last 24 h, accepted or not, to the hour.
    [[nodiscard]] int presentations(const std::string& account) const;

protected:
    /// Never fails: a result that cannot be written is kept, with the account's lock, and written before anything else
    /// goes out for the account.
    void finish(std::uint64_t permit, core::PresentationEnding ending) noexcept override;

private:
    /// How a permit ended, when and in which order; it waits to be written.
    struct Ended {
        core::PresentationEnding ending;
        base::SystemTime at;
        std::uint64_t order = 0;
    };
    /// A permit that was given.
    struct Given {
        core::Presentation presentation;
        std::string person;
        std::optional<FileLock> lock; ///< held for an unproven one
        std::vector<FileLock> places; ///< that it takes of those in flight
        std::optional<Ended> ended;
    };
    using Guard = std::unique_lock<std::mutex>;
    class Turn;

    Ledger(std::filesystem::path directory, Database database, const base::Clock& clock);

    base::Status bind(const std::string& account, const std::vector<std::string>& names);
    [[nodiscard]] std::string person(const std::string& account) const;
    [[nodiscard]] core::GuardPolicy policy_of(const std::string& account) const;
    /// How far the wall clock was set since a row was written, by its columns boot, uptime and updated_at from `column`
    /// on. What is no more than how exactly two clocks are read is none.
    [[nodiscard]] base::Duration clock_step_since(const Statement& row, int column) const;
    base::Result<core::AccountLedger> read(const std::string& person);
    base::Status write(const std::string& person, const core::AccountLedger& ledger);
    /// Writes the endings that wait for the person, in their order.
    base::Status settle_endings(const std::string& person);
    base::Status write_ending(const Given& given);
    base::Result<core::SprayBrake> read_brake(const std::string& source);
    base::Status write_brake(const std::string& source, const core::SprayBrake& brake);
    /// In a transaction: with those that somebody left by dying taken as lost.
    base::Result<core::SprayBrake> settled_brake(const std::string& source);
    /// True: the spray brake lets it go. False: when another one has ended.
    core::Outcome<bool> may_try(const core::Presentation& presentation);
    /// The brake, too, knows a person by what they are kept under.
    [[nodiscard]] core::Presentation of_person(core::Presentation presentation) const;
    /// Is this process presenting what is kept under that name?
    [[nodiscard]] bool is_presenting(const std::string& person) const;
    [[nodiscard]] core::AccountLedger with_ending(core::AccountLedger ledger, const Given& given) const;
    core::Permit give(Given given);
    /// Waits a moment, or until something was finished here. False when the deadline passed or a stop was asked for.
    bool wait(Guard& guard, const base::Deadline& deadline);
    base::Result<std::optional<FileLock>> try_lock(const std::string& person);
    /// As many places as a presentation takes when there is room for so many; nothing while others are in flight.
    /// Those that somebody left by dying are noted first.
    base::Result<std::vector<FileLock>>
    take_places(const std::string& person, std::size_t room, const core::GuardPolicy& policy);
    /// With its places taken: decides on what is kept now, writes it down, and gives the permit. Nothing: it must be
    /// asked for anew.
    core::Outcome<std::optional<core::Permit>> begin_with(Given given);

    const std::filesystem::path directory_;
    const base::Clock& clock_;
    const std::string boot_;   ///< this run of the machine; empty: not known
    mutable std::mutex mutex_; ///< over all below
    std::condition_variable_any finished_;
    std::uint64_t finishes_ = 0;
    Database database_;
    Policies policies_;
    std::map<std::string, std::string> persons_; ///< account → what it is kept under
    std::uint64_t last_permit_ = 0;
    std::map<std::uint64_t, Given> given_;
    std::map<std::string, std::list<std::uint64_t>> turns_; ///< person → who waits, in the order in which they came
    std::map<std::string, std::map<std::chrono::sys_time<std::chrono::hours>, int>>
        presented_; ///< person → hour → how often
};

} // namespace mailpreflight::store
