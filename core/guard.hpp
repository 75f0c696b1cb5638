#pragma once

#include "base/clock.hpp"
#include "core/credential_gate.hpp"

#include <tl/expected.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// The numbers of DESIGN 6.1.
struct GuardPolicy {
    int lockout_threshold = 3; ///< the directory's, assumed when not declared
    base::Duration lockout_window = std::chrono::minutes(60);
    base::Duration login_interval = std::chrono::minutes(15);
    base::Duration suspect_wait = std::chrono::seconds(60); ///< until the one look at a suspect door
    int most_refusals_a_day = 2;
};

/// What is kept of one door for the secret in force.
struct DoorLedger {
    std::optional<base::SystemTime> accepted_at;
    std::optional<base::SystemTime> suspect_since;
    std::optional<base::SystemTime> parked_at;
    std::string why;                         ///< the server's word at its last refusal; empty once it accepted again
    Cause cause = Cause::credential_refused; ///< what that meant

    bool operator==(const DoorLedger&) const = default;
};

/// A presentation of which nobody has heard, or ever will, what came of it.
struct UntoldPresentation {
    Door door; ///< empty: a program died with it
    base::SystemTime at;

    bool operator==(const UntoldPresentation&) const = default;
};

/// The newest refusal, of whatever secret.
struct Refusal {
    Door door;
    base::SystemTime at;
    std::string why; ///< the server's word
    Cause cause = Cause::credential_refused;
    std::string evidence; ///< by which it is found on the server

    bool operator==(const Refusal&) const = default;
};

/// A secret that was parked before another came in its place: who brings it back finds it parked.
struct ParkedSecret {
    std::string fingerprint;
    base::SystemTime at;
    std::string why;
    Cause cause = Cause::credential_refused;

    bool operator==(const ParkedSecret&) const = default;
};

/// Everything that is kept of one account. Durable; never holds a secret, only its keyed fingerprint.
struct AccountLedger {
    std::string fingerprint;
    std::optional<base::SystemTime> accepted_at;
    std::optional<base::SystemTime> parked_at;
    std::string parked_why;
    Cause parked_cause = Cause::credential_refused;
    std::optional<base::SystemTime> locked_at;
    std::vector<ParkedSecret> parked_before; ///< the newest few
    std::vector<base::SystemTime> refusals;  ///< of the last 24 h, whatever the secret's content
    std::optional<Refusal> last_refusal;
    /// Of the last 24 h; none that an acceptance since has shown to be harmless.
    std::vector<UntoldPresentation> unanswered;
    std::map<Door, DoorLedger> doors;
    /// Unproven, written down before it is sent, and without a result yet.
    std::optional<UntoldPresentation> outstanding;
    /// Some secret of it was accepted here, ever: what programs with other ledgers presented before no longer counts.
    bool known = false;
    bool forced = false; ///< an operator said --force: one unproven presentation goes, whatever is counted

    bool operator==(const AccountLedger&) const = default;
};

/// Presentations of the account that may be in flight now, over all programs of the host: at the instant at which the
/// password changes each of them is one that the directory counts. At most half of what the directory bears, so that
/// losing all of them at once (a restart of the server) leaves enough to prove the secret again; less where it may be
/// counting already. At most most_in_flight(policy).
std::size_t room(const AccountLedger& ledger, const GuardPolicy& policy, base::SystemTime now);
std::size_t most_in_flight(const GuardPolicy& policy);

/// What the guard grants: `proven` presentations need no write before they go.
struct Grant {
    bool proven = false;
    bool operator==(const Grant&) const = default;
};

/// Is the account's secret accepted somewhere within login_interval?
bool is_proven(const AccountLedger& ledger,
               const std::string& fingerprint,
               const GuardPolicy& policy,
               base::SystemTime now);

/// Takes a crash and a clock that was set back into account and forgets what has aged: an outstanding presentation
/// whose holder is gone becomes an unanswered one; what happened in the future happened now. Call it with the account's
/// lock held, so that nobody else can be presenting.
AccountLedger settle(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now);

/// The wall clock was set forward (or back: negative) by `step` against the time that passed. What holds presentations
/// back does not age by that, nor does what proves grow younger.
AccountLedger after_clock_step(AccountLedger ledger, base::Duration step);

/// What came of a presentation is not known: its answer was lost, or its program died.
AccountLedger lost(AccountLedger ledger, const Door& door, base::SystemTime now);

/// The ledger as it is for this secret: another content than before starts unparked, with the refusals of the day kept,
/// unless it was parked itself before.
AccountLedger for_secret(AccountLedger ledger, const std::string& fingerprint);

/// May it go now? Else the failure says which rule holds it back and, where time mends it, how long. After a refusal
/// or a lost answer nothing is granted as proven until something was accepted: what goes then goes one at a time.
Outcome<Grant> may_present(const AccountLedger& ledger,
                           const Presentation& presentation,
                           const GuardPolicy& policy,
                           base::SystemTime now);

/// Notes an unproven presentation; must be durable before the first byte goes.
AccountLedger begun(AccountLedger ledger, const Presentation& presentation, base::SystemTime now);

/// Notes what came of a presentation. `unproven`: it was noted by begun().
AccountLedger finished(AccountLedger ledger,
                       const Presentation& presentation,
                       bool unproven,
                       const PresentationEnding& ending,
                       const GuardPolicy& policy,
                       base::SystemTime now);

/// A directory said, now, that the account is locked, or that it is not: locked, it is left alone for its window from
/// each such word; a lock that nobody was refused for ends with the word that it is over.
AccountLedger heard_from_directory(AccountLedger ledger, bool locked, base::SystemTime now);

/// Why what this secret opened before may not be used either: parked, locked, or the door is in doubt.
std::optional<Failure>
revoked(const AccountLedger& ledger, const Presentation& presentation, const GuardPolicy& policy, base::SystemTime now);

/// An operator's `credential retry`: unparks account and doors for one more presentation, or says why not (a locked
/// account in its window, the ceiling of the day, what the directory may be counting); `force` overrides all. What is
/// not held back stays as it is.
Outcome<AccountLedger> retried(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now, bool force);

} // namespace mailpreflight::core
