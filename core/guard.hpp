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
    bool threshold_declared = false;
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
    std::string why;

    bool operator==(const DoorLedger&) const = default;
};

/// An unproven presentation that was written down before it was sent and has no result yet.
struct OutstandingPresentation {
    Door door;
    base::SystemTime at;

    bool operator==(const OutstandingPresentation&) const = default;
};

/// Everything that is kept of one account. Durable; never holds a secret, only its keyed fingerprint.
struct AccountLedger {
    std::string fingerprint;
    std::optional<base::SystemTime> accepted_at;
    std::optional<base::SystemTime> parked_at;
    std::string parked_why;
    std::optional<base::SystemTime> locked_at;
    std::vector<base::SystemTime> refusals;   ///< of the last 24 h, whatever the secret's content
    std::vector<base::SystemTime> unanswered; ///< unproven ones of the last 24 h, none before an acceptance
    std::map<Door, DoorLedger> doors;
    std::optional<OutstandingPresentation> outstanding;
    bool forced = false; ///< an operator said --force: the daily ceiling does not hold for the next presentation

    bool operator==(const AccountLedger&) const = default;
};

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

/// The ledger as it is for this secret: another content than before starts unparked, with the refusals of the day kept.
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
                       PresentationResult result,
                       std::string_view why,
                       bool locked,
                       const GuardPolicy& policy,
                       base::SystemTime now);

/// An operator's `credential retry`: unparks account and doors for one more presentation, or says why not (a locked
/// account in its window, the ceiling of the day); `force` overrides both.
Outcome<AccountLedger> retried(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now, bool force);

} // namespace mailpreflight::core
