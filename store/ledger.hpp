#pragma once

#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "core/credential_gate.hpp"
#include "core/guard.hpp"
#include "store/file_lock.hpp"
#include "store/sqlite.hpp"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace mailpreflight::store {

/// The durable guard of DESIGN 6.1, shared by every program of this host that opens the same state directory. What core
/// decides (core/guard.hpp) is read from and written to `ledger.db`; an unproven presentation holds the account's lock
/// (`ledger.<account>.lock`) from before its write until finish(), so there is one at a time over all processes, and
/// the next who gets the lock knows that a presentation without a result was left by one who died.
///
/// What cannot be read, locked or written is not sent: begin() then answers secret_unreadable. Safe to call from any
/// thread; permits must not outlive it.
class Ledger final : public core::CredentialGate {
public:
    using Policies = std::map<std::string, core::GuardPolicy>;

    /// Makes directory and file where there are none. An account without a policy gets the default one, which assumes
    /// the strictest directory.
    static base::Result<std::unique_ptr<Ledger>>
    open(const std::filesystem::path& state_directory, Policies policies, const base::Clock& clock);

    /// Waits, while others present the same account, until the deadline or the stop.
    core::Outcome<core::Permit> begin(const core::Presentation& presentation, const base::Deadline& deadline) override;
    bool is_proven(const std::string& account, const std::string& fingerprint) override;

    /// An operator's `credential retry`. Waits for a presentation that is under way; returns what is kept now.
    core::Outcome<core::AccountLedger> retry(const std::string& account, bool force, const base::Deadline& deadline);
    /// What is kept of the account; an empty ledger for one that never presented.
    base::Result<core::AccountLedger> snapshot(const std::string& account);
    /// From a reloaded configuration; permits in flight finish under the new ones.
    void set_policies(Policies policies);

protected:
    /// Never fails: a result that cannot be written is kept, with the account's lock, and written before anything else
    /// goes out for the account.
    void
    finish(std::uint64_t permit, core::PresentationResult result, std::string_view why, bool locked) noexcept override;

private:
    struct Ending {
        core::PresentationResult result = core::PresentationResult::unanswered;
        std::string why;
        bool locked = false;
        base::SystemTime at;
        std::uint64_t order = 0;
    };
    /// A permit that was given; with an ending, one that waits to be written.
    struct Given {
        core::Presentation presentation;
        std::optional<FileLock> lock; ///< held for an unproven one
        std::optional<Ending> ending;
    };
    using Guard = std::unique_lock<std::mutex>;

    Ledger(std::filesystem::path directory, Database database, Policies policies, const base::Clock& clock);

    [[nodiscard]] core::GuardPolicy policy_of(const std::string& account) const;
    base::Result<core::AccountLedger> read(const std::string& account);
    base::Status write(const std::string& account, const core::AccountLedger& ledger);
    /// Writes the endings that wait for the account, in their order.
    base::Status settle_endings(const std::string& account);
    base::Status write_ending(const Given& given);
    [[nodiscard]] core::AccountLedger with_ending(core::AccountLedger ledger, const Given& given) const;
    core::Permit give(const core::Presentation& presentation, std::optional<FileLock> lock);
    [[nodiscard]] bool has_room(const core::Presentation& presentation) const;
    /// Waits a moment, or until something was finished here. False when the deadline passed or a stop was asked for.
    bool wait(Guard& guard, const base::Deadline& deadline);
    /// The account's lock, or why not within the deadline.
    core::Outcome<FileLock> take_lock(Guard& guard, const std::string& account, const base::Deadline& deadline);
    core::Outcome<std::optional<core::Permit>> begin_unproven(const core::Presentation& presentation, FileLock lock);

    const std::filesystem::path directory_;
    const base::Clock& clock_;
    mutable std::mutex mutex_; ///< over all below
    std::condition_variable_any finished_;
    std::uint64_t finishes_ = 0;
    Database database_;
    Policies policies_;
    std::uint64_t last_permit_ = 0;
    std::map<std::uint64_t, Given> given_;
};

} // namespace mailpreflight::store
