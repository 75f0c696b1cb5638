#include "core/guard.hpp"

#include "base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::core {

namespace {

constexpr base::Duration a_day = std::chrono::hours(24);
constexpr std::string_view token_door = "oauth";
// A login visits an address while the secret is proven; the proof may lapse before the answer is here.
constexpr base::Duration longest_visit = std::chrono::minutes(5);
// What was written down before it was sent may have arrived this much later (the most that request_timeout may be): the
// directory's window begins then.
constexpr base::Duration longest_presentation = std::chrono::minutes(15);
constexpr std::size_t most_parked_before = 8;
constexpr int most_in_flight_ever = 8;

/// A time in the future is a clock that was set back: it proves nothing and still holds back what it held back.
bool within(const std::optional<base::SystemTime>& then, base::Duration length, base::SystemTime now) {
    return then && *then <= now && now - *then < length;
}

base::Duration left_of(base::SystemTime then, base::Duration length, base::SystemTime now) {
    return std::max(base::Duration::zero(), std::min(then + length - now, length));
}

/// What happened in the future happened at the latest now: a clock set back by a year must not hold for a year.
void bring_back(std::optional<base::SystemTime>& time, base::SystemTime now) {
    if (time) {
        time = std::min(*time, now);
    }
}

void forget_if_future(std::optional<base::SystemTime>& time, base::SystemTime now) {
    if (time && *time > now) {
        time.reset();
    }
}

std::size_t count_since(const std::vector<base::SystemTime>& times, base::SystemTime since) {
    return static_cast<std::size_t>(
        std::count_if(times.begin(), times.end(), [&](base::SystemTime then) { return then > since; }));
}

/// Has nothing been accepted since?
bool is_unsettled(const AccountLedger& ledger, base::SystemTime then) {
    return !ledger.accepted_at || then > *ledger.accepted_at;
}

/// Is there a refusal, or a presentation without an answer, that no later acceptance has settled?
bool is_in_doubt(const AccountLedger& ledger) {
    const auto unsettled = [&](base::SystemTime then) { return is_unsettled(ledger, then); };
    return std::any_of(ledger.refusals.begin(), ledger.refusals.end(), unsettled) ||
           std::any_of(ledger.unanswered.begin(), ledger.unanswered.end(), [&](const UntoldPresentation& untold) {
               return unsettled(untold.at);
           });
}

/// The bad passwords that the directory may be counting now.
struct PossibleCount {
    std::size_t all = 0;
    std::size_t unsettled = 0; ///< of these: without an answer, and nothing was accepted since
    base::SystemTime newest;
    bool newest_was_answered = false;
};

/// A directory measures its window from the last bad password, so its count ends only when a whole window passed
/// without one. An accepted password ends it too (owa-and-auth 9.1), but we cannot tell whether it reached the
/// directory or only a server's cache of logons (9.3).
PossibleCount possible_count(const AccountLedger& ledger, const GuardPolicy& policy, base::SystemTime now) {
    std::vector<std::pair<base::SystemTime, bool>> bad;
    for (const base::SystemTime refused : ledger.refusals) {
        bad.emplace_back(refused, true);
    }
    for (const UntoldPresentation& untold : ledger.unanswered) {
        bad.emplace_back(untold.at, false);
    }
    std::sort(bad.rbegin(), bad.rend());
    PossibleCount count;
    base::SystemTime later = now;
    for (const auto& [then, answered] : bad) {
        if (later - then >= policy.lockout_window) {
            break;
        }
        if (count.all++ == 0) {
            count.newest = then;
            count.newest_was_answered = answered;
        }
        count.unsettled += !answered && is_unsettled(ledger, then) ? 1U : 0U;
        later = then;
    }
    return count;
}

/// Bad passwords that the directory bears without locking.
std::size_t budget(const GuardPolicy& policy) {
    return static_cast<std::size_t>(std::max(1, policy.lockout_threshold - 1));
}

/// The same for this account. One is left for a ledger that we do not see (a `probe` before the service was there), as
/// long as nothing was accepted here.
std::size_t budget(const AccountLedger& ledger, const GuardPolicy& policy) {
    return ledger.known ? budget(policy) : std::max<std::size_t>(1, budget(policy) - 1);
}

/// Unanswered presentations that one lockout_window may hold before what is unproven waits.
std::size_t allowance(const GuardPolicy& policy) {
    return static_cast<std::size_t>(std::max(1, policy.lockout_threshold - 2));
}

bool is_locked(const AccountLedger& ledger, const GuardPolicy& policy, base::SystemTime now) {
    return ledger.locked_at && *ledger.locked_at + policy.lockout_window > now;
}

/// The guard's word on what parks. A plain refusal was told when it was met; what the server said of the account (the
/// password expired, it is locked) stays true as long as it is parked.
Cause cause_of_park(Cause cause) {
    return cause == Cause::credential_refused ? Cause::credential_parked : cause;
}

/// Another door's word that the secret is right: within this cycle and, for a door in doubt, since the doubt began.
bool another_door_accepted(const AccountLedger& ledger,
                           const Door& door,
                           const GuardPolicy& policy,
                           base::SystemTime now) {
    const auto own = ledger.doors.find(door);
    const base::SystemTime since = own == ledger.doors.end()
                                       ? base::SystemTime::min()
                                       : own->second.suspect_since.value_or(base::SystemTime::min());
    return std::any_of(ledger.doors.begin(), ledger.doors.end(), [&](const auto& entry) {
        return entry.first != door && within(entry.second.accepted_at, policy.login_interval, now) &&
               *entry.second.accepted_at > since;
    });
}

/// Doors that parked within this cycle: two that refuse by themselves weeks apart are not one bad secret.
std::size_t doors_parked_lately(const AccountLedger& ledger, const GuardPolicy& policy, base::SystemTime now) {
    return static_cast<std::size_t>(std::count_if(ledger.doors.begin(), ledger.doors.end(), [&](const auto& entry) {
        return within(entry.second.parked_at, policy.login_interval, now);
    }));
}

/// Doors whose refusal no acceptance anywhere has answered yet.
std::size_t refusing_doors(const AccountLedger& ledger) {
    return static_cast<std::size_t>(std::count_if(ledger.doors.begin(), ledger.doors.end(), [&](const auto& entry) {
        const DoorLedger& door = entry.second;
        const std::optional<base::SystemTime> since = door.parked_at ? door.parked_at : door.suspect_since;
        return since && (!ledger.accepted_at || *since > *ledger.accepted_at);
    }));
}

const std::string& shown(const Presentation& presentation) {
    return presentation.shown.empty() ? presentation.account : presentation.shown;
}

/// What time does not mend, or only the lockout window: the account is locked, it is parked, or its door is.
std::optional<Failure> held_by_park(const AccountLedger& ledger,
                                    const DoorLedger& door,
                                    const Presentation& presentation,
                                    const GuardPolicy& policy,
                                    base::SystemTime now) {
    if (is_locked(ledger, policy, now) && !ledger.forced) {
        return Failure{Stage::authenticate,
                       Cause::account_locked,
                       fmt::format("it was said at {} that account {} is locked; it is left alone for {}",
                                   base::to_rfc3339(*ledger.locked_at),
                                   shown(presentation),
                                   base::to_text(policy.lockout_window)),
                       left_of(*ledger.locked_at, policy.lockout_window, now)};
    }
    if (ledger.parked_at) {
        return Failure{Stage::authenticate,
                       cause_of_park(ledger.parked_cause),
                       fmt::format("account {} is parked since {}: {}",
                                   shown(presentation),
                                   base::to_rfc3339(*ledger.parked_at),
                                   ledger.parked_why),
                       std::nullopt};
    }
    if (door.parked_at) {
        return Failure{Stage::authenticate,
                       cause_of_park(door.cause),
                       fmt::format("door {} of {} is parked since {}: {}",
                                   presentation.door.name,
                                   presentation.door.source,
                                   base::to_rfc3339(*door.parked_at),
                                   door.why),
                       std::nullopt};
    }
    return std::nullopt;
}

/// At a suspect door: nothing for suspect_wait, then the one look of a login check.
std::optional<Failure> held_by_suspicion(const DoorLedger& door,
                                         const Presentation& presentation,
                                         const GuardPolicy& policy,
                                         base::SystemTime now) {
    if (!door.suspect_since) {
        return std::nullopt;
    }
    const base::Duration wait = left_of(*door.suspect_since, policy.suspect_wait, now);
    if (wait > base::Duration::zero()) {
        return Failure{Stage::authenticate,
                       Cause::presentation_withheld,
                       fmt::format("door {} of {} refused a secret that it had accepted; one look follows",
                                   presentation.door.name,
                                   presentation.door.source),
                       wait};
    }
    if (!presentation.proving) {
        return Failure{Stage::authenticate,
                       Cause::presentation_withheld,
                       "the one look at a suspect door belongs to the login check",
                       policy.suspect_wait};
    }
    return std::nullopt;
}

/// The ceiling of the day. It holds for what is proven, too: that may be refused as well.
std::optional<Failure> held_by_ceiling(const AccountLedger& ledger, const GuardPolicy& policy, base::SystemTime now) {
    if (count_since(ledger.refusals, now - a_day) < static_cast<std::size_t>(policy.most_refusals_a_day)) {
        return std::nullopt;
    }
    const base::SystemTime oldest = *std::min_element(ledger.refusals.begin(), ledger.refusals.end());
    return Failure{Stage::authenticate,
                   Cause::presentation_withheld,
                   fmt::format("{} presentations were refused within 24 h; nothing more is sent unless an operator "
                               "says --force",
                               policy.most_refusals_a_day),
                   left_of(oldest, a_day, now)};
}

/// One more bad password could be the one that locks, or the allowance for unanswered ones is spent; that allowance is
/// not for a door that accepted the secret in this cycle.
std::optional<Failure>
held_by_count(const AccountLedger& ledger, bool proven_here, const GuardPolicy& policy, base::SystemTime now) {
    const PossibleCount count = possible_count(ledger, policy, now);
    const bool spent = !proven_here && count.unsettled >= allowance(policy);
    if (!spent && count.all < budget(ledger, policy)) {
        return std::nullopt;
    }
    std::string why = fmt::format("a presentation was {} at {}; the next waits for the lockout window",
                                  count.newest_was_answered ? "refused" : "left without an answer",
                                  base::to_rfc3339(count.newest));
    if (!ledger.known && count.all < budget(policy)) {
        why += ", as none was accepted here yet and what other programs sent is unknown (a declared lockout_threshold "
               "of 4 or more allows it sooner)";
    }
    return Failure{Stage::authenticate,
                   Cause::presentation_withheld,
                   std::move(why),
                   left_of(count.newest, policy.lockout_window, now)};
}

/// A proven presentation that is accepted after a refusal was sent before it and proves nothing.
void note_accepted(AccountLedger& ledger, const Presentation& presentation, bool unproven, base::SystemTime now) {
    if (!unproven && is_in_doubt(ledger)) {
        return;
    }
    if (unproven && ledger.forced) { // the operator knew better
        ledger.refusals.clear();
        ledger.unanswered.clear();
    }
    ledger.accepted_at = now;
    ledger.locked_at.reset();
    // Out of a cache a server accepts what the directory would refuse; that tells of no other server.
    std::erase_if(ledger.unanswered, [&](const UntoldPresentation& untold) {
        return presentation.handshake || untold.door == presentation.door;
    });
    DoorLedger& door = ledger.doors[presentation.door];
    door.accepted_at = now;
    if (unproven) {
        door.suspect_since.reset();
    }
    if (!door.suspect_since && !door.parked_at) {
        door.why.clear();
        door.cause = Cause::credential_refused;
    }
}

void park_account(AccountLedger& ledger, std::string why, Cause cause, base::SystemTime now) {
    ledger.parked_at = now;
    ledger.parked_why = std::move(why);
    ledger.parked_cause = cause;
}

void note_refused(AccountLedger& ledger,
                  const Door& at,
                  bool unproven,
                  const PresentationEnding& ending,
                  const GuardPolicy& policy,
                  base::SystemTime now) {
    DoorLedger& door = ledger.doors[at];
    door.why = ending.why;
    door.cause = ending.cause;
    if (ending.cause == Cause::account_locked) {
        // Somebody locked it: after its window it has one try, and is parked if it is still locked.
        if (ledger.locked_at) {
            park_account(ledger, ending.why, ending.cause, now);
        }
        ledger.locked_at = now;
        return;
    }
    if (at.name == token_door) {
        // A token endpoint names its reason: it is no 401 under load, and what it refuses it refuses for every source.
        park_account(ledger, ending.why, ending.cause, now);
        return;
    }
    GuardPolicy cycle = policy;
    if (at.name.find('@') != std::string::npos) { // one address of several
        cycle.login_interval += longest_visit;
    }
    const bool accepted_lately = !unproven || within(door.accepted_at, policy.login_interval, now);
    if (accepted_lately && ending.cause == Cause::credential_refused && !door.suspect_since) {
        door.suspect_since = now;
    } else if (another_door_accepted(ledger, at, cycle, now)) {
        door.parked_at = now;
    } else {
        park_account(ledger, ending.why, ending.cause, now);
    }
    if (!ledger.parked_at && (doors_parked_lately(ledger, policy, now) >= 2 || refusing_doors(ledger) >= 2)) {
        park_account(ledger, fmt::format("two doors refused it: {}", ending.why), ending.cause, now);
    }
}

} // namespace

std::size_t most_in_flight(const GuardPolicy& policy) {
    return std::clamp<std::size_t>(budget(policy) / 2, 1, most_in_flight_ever);
}

std::size_t room(const AccountLedger& ledger, const GuardPolicy& policy, base::SystemTime now) {
    if (ledger.forced) {
        return 1;
    }
    const std::size_t counted = possible_count(ledger, policy, now).all;
    const std::size_t bearable = budget(ledger, policy);
    const std::size_t borne = std::min(most_in_flight(policy), bearable - std::min(counted, bearable));
    const std::size_t today = count_since(ledger.refusals, now - a_day);
    const auto most_today = static_cast<std::size_t>(policy.most_refusals_a_day);
    return today == 0 ? borne : std::min(borne, most_today - std::min(today, most_today));
}

bool is_proven(const AccountLedger& ledger,
               const std::string& fingerprint,
               const GuardPolicy& policy,
               base::SystemTime now) {
    return ledger.fingerprint == fingerprint && !ledger.parked_at && !ledger.locked_at &&
           within(ledger.accepted_at, policy.login_interval, now);
}

AccountLedger settle(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now) {
    if (ledger.outstanding) {
        const UntoldPresentation untold = *ledger.outstanding;
        ledger = lost(std::move(ledger), untold.door, std::min(now, untold.at + longest_presentation));
        ledger.outstanding.reset();
        ledger.forced = false;
    }
    for (UntoldPresentation& untold : ledger.unanswered) {
        untold.at = std::min(untold.at, now);
    }
    for (base::SystemTime& refused : ledger.refusals) {
        refused = std::min(refused, now);
    }
    bring_back(ledger.locked_at, now);
    bring_back(ledger.parked_at, now);
    forget_if_future(ledger.accepted_at, now);
    for (auto& [door, kept] : ledger.doors) {
        bring_back(kept.suspect_since, now);
        bring_back(kept.parked_at, now);
        forget_if_future(kept.accepted_at, now);
    }
    // Logins that visit the addresses of a name make doors without end where those change.
    std::erase_if(ledger.doors, [&](const auto& entry) {
        const DoorLedger& kept = entry.second;
        return !kept.suspect_since && !kept.parked_at && !within(kept.accepted_at, a_day, now);
    });
    const base::SystemTime kept_since = now - std::max(a_day, policy.lockout_window);
    std::erase_if(ledger.unanswered, [&](const UntoldPresentation& untold) { return untold.at <= kept_since; });
    std::erase_if(ledger.refusals, [&](base::SystemTime refused) { return refused <= kept_since; });
    return ledger;
}

AccountLedger after_clock_step(AccountLedger ledger, base::Duration step) {
    const auto move = [&](std::optional<base::SystemTime>& time) {
        if (time) {
            *time += step;
        }
    };
    if (step < base::Duration::zero()) {
        move(ledger.accepted_at);
        for (auto& [door, kept] : ledger.doors) {
            move(kept.accepted_at);
        }
        return ledger;
    }
    for (base::SystemTime& refused : ledger.refusals) {
        refused += step;
    }
    for (UntoldPresentation& untold : ledger.unanswered) {
        untold.at += step;
    }
    move(ledger.locked_at);
    if (ledger.outstanding) {
        ledger.outstanding->at += step;
    }
    for (auto& [door, kept] : ledger.doors) {
        move(kept.suspect_since);
        move(kept.parked_at);
    }
    return ledger;
}

AccountLedger lost(AccountLedger ledger, const Door& door, base::SystemTime now) {
    ledger.unanswered.push_back({door, now});
    return ledger;
}

AccountLedger for_secret(AccountLedger ledger, const std::string& fingerprint) {
    if (ledger.fingerprint == fingerprint) {
        return ledger;
    }
    AccountLedger fresh;
    fresh.fingerprint = fingerprint;
    fresh.refusals = std::move(ledger.refusals);
    fresh.last_refusal = std::move(ledger.last_refusal);
    fresh.unanswered = std::move(ledger.unanswered);
    fresh.locked_at = ledger.locked_at;
    fresh.outstanding = ledger.outstanding;
    fresh.known = ledger.known;
    fresh.forced = ledger.forced;
    fresh.parked_before = std::move(ledger.parked_before);
    if (ledger.parked_at) {
        fresh.parked_before.push_back(
            {std::move(ledger.fingerprint), *ledger.parked_at, std::move(ledger.parked_why), ledger.parked_cause});
    }
    const auto before = std::find_if(fresh.parked_before.begin(), fresh.parked_before.end(), [&](const auto& parked) {
        return parked.fingerprint == fingerprint;
    });
    if (before != fresh.parked_before.end()) {
        park_account(fresh, before->why, before->cause, before->at);
        fresh.parked_before.erase(before);
    }
    if (fresh.parked_before.size() > most_parked_before) {
        fresh.parked_before.erase(fresh.parked_before.begin());
    }
    return fresh;
}

Outcome<Grant> may_present(const AccountLedger& kept,
                           const Presentation& presentation,
                           const GuardPolicy& policy,
                           base::SystemTime now) {
    const AccountLedger ledger = settle(for_secret(kept, presentation.fingerprint), policy, now);
    const auto found = ledger.doors.find(presentation.door);
    const DoorLedger door = found == ledger.doors.end() ? DoorLedger{} : found->second;
    if (auto held = held_by_park(ledger, door, presentation, policy, now)) {
        return tl::unexpected<Failure>(*std::move(held));
    }
    if (auto held = held_by_suspicion(door, presentation, policy, now)) {
        return tl::unexpected<Failure>(*std::move(held));
    }
    if (ledger.forced) {
        return Grant{false};
    }
    if (auto held = held_by_ceiling(ledger, policy, now)) {
        return tl::unexpected<Failure>(*std::move(held));
    }
    const bool proven_here = !door.suspect_since && is_proven(ledger, presentation.fingerprint, policy, now) &&
                             within(door.accepted_at, policy.login_interval, now);
    if (auto held = held_by_count(ledger, proven_here, policy, now)) {
        return tl::unexpected<Failure>(*std::move(held));
    }
    // Refused or lost elsewhere since: the proof may be over, so what was proven goes one at a time until one is
    // accepted. Else a changed password would be refused once at each door of each source.
    return Grant{proven_here && !is_in_doubt(ledger)};
}

AccountLedger begun(AccountLedger ledger, const Presentation& presentation, base::SystemTime now) {
    ledger = for_secret(std::move(ledger), presentation.fingerprint);
    if (ledger.outstanding) { // a crash that nobody settled: it stays in the books
        const UntoldPresentation untold = *ledger.outstanding;
        ledger = lost(std::move(ledger), untold.door, std::min(now, untold.at + longest_presentation));
    }
    ledger.outstanding = UntoldPresentation{presentation.door, now};
    return ledger;
}

AccountLedger finished(AccountLedger ledger,
                       const Presentation& presentation,
                       bool unproven,
                       const PresentationEnding& ending,
                       const GuardPolicy& policy,
                       base::SystemTime now) {
    const bool same_secret = ledger.fingerprint == presentation.fingerprint;
    if (unproven && same_secret) {
        ledger.outstanding.reset();
    }
    switch (ending.result) {
    case PresentationResult::not_sent:
        return ledger; // nor is --force spent
    case PresentationResult::unanswered:
        ledger = lost(std::move(ledger), presentation.door, now);
        break;
    case PresentationResult::accepted:
        ledger.known = true;
        if (same_secret) {
            note_accepted(ledger, presentation, unproven, now);
        }
        break;
    case PresentationResult::refused:
        ledger.refusals.push_back(now);
        ledger.last_refusal = Refusal{presentation.door, now, ending.why, ending.cause, ending.evidence};
        if (same_secret) {
            note_refused(ledger, presentation.door, unproven, ending, policy, now);
        } else if (ending.cause == Cause::account_locked) {
            ledger.locked_at = now;
        }
        break;
    }
    ledger.forced = ledger.forced && !unproven;
    return ledger;
}

AccountLedger heard_from_directory(AccountLedger ledger, bool locked, base::SystemTime now) {
    if (locked) {
        ledger.locked_at = now;
    } else if (!ledger.parked_at) {
        ledger.locked_at.reset();
    }
    return ledger;
}

std::optional<Failure>
revoked(const AccountLedger& kept, const Presentation& presentation, const GuardPolicy& policy, base::SystemTime now) {
    const AccountLedger ledger = for_secret(kept, presentation.fingerprint);
    const auto found = ledger.doors.find(presentation.door);
    const DoorLedger door = found == ledger.doors.end() ? DoorLedger{} : found->second;
    if (auto held = held_by_park(ledger, door, presentation, policy, now)) {
        return held;
    }
    return held_by_suspicion(door, presentation, policy, now);
}

Outcome<AccountLedger> retried(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now, bool force) {
    ledger = settle(std::move(ledger), policy, now);
    if (force) {
        ledger.locked_at.reset();
    } else if (is_locked(ledger, policy, now)) {
        return failed(Stage::authenticate,
                      Cause::account_locked,
                      fmt::format("the account was locked at {}; it is left alone for {}",
                                  base::to_rfc3339(*ledger.locked_at),
                                  base::to_text(policy.lockout_window)),
                      left_of(*ledger.locked_at, policy.lockout_window, now));
    } else if (auto ceiling = held_by_ceiling(ledger, policy, now)) {
        return tl::unexpected<Failure>(*std::move(ceiling));
    } else if (auto count = held_by_count(ledger, false, policy, now)) {
        return tl::unexpected<Failure>(*std::move(count));
    }
    ledger.forced = force;
    const bool held = ledger.parked_at || ledger.locked_at || !ledger.parked_before.empty() ||
                      std::any_of(ledger.doors.begin(), ledger.doors.end(), [](const auto& entry) {
                          return entry.second.parked_at || entry.second.suspect_since;
                      });
    if (held || force) {
        ledger.parked_at.reset();
        ledger.parked_why.clear();
        ledger.parked_cause = Cause::credential_refused;
        ledger.parked_before.clear();
        ledger.locked_at.reset();
        ledger.doors.clear();
        ledger.accepted_at.reset();
    }
    return ledger;
}

} // namespace mailpreflight::core
