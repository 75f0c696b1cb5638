#include "core/guard.hpp"

#include "base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::core {

namespace {

constexpr base::Duration a_day = std::chrono::hours(24);
// What was written down before it was sent may have left this much later (request timeout, a slow handshake): the
// directory's window begins then.
constexpr base::Duration longest_presentation = std::chrono::minutes(10);

/// A time in the future is a clock that was set back: it proves nothing and still holds back what it held back.
bool within(const std::optional<base::SystemTime>& then, base::Duration length, base::SystemTime now) {
    return then && *then <= now && now - *then < length;
}

base::Duration left_of(base::SystemTime then, base::Duration length, base::SystemTime now) {
    return std::max(base::Duration::zero(), std::min(then + length - now, length));
}

void forget_older(std::vector<base::SystemTime>& times, base::Duration length, base::SystemTime now) {
    std::erase_if(times, [&](base::SystemTime then) { return then + length <= now; });
}

/// What happened in the future happened at the latest now: a clock set back by a year must not hold for a year.
void bring_back(std::vector<base::SystemTime>& times, base::SystemTime now) {
    std::for_each(times.begin(), times.end(), [&](base::SystemTime& then) { then = std::min(then, now); });
}

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

/// Is there a refusal, or a presentation without an answer, that no later acceptance has settled?
bool is_in_doubt(const AccountLedger& ledger) {
    return !ledger.unanswered.empty() ||
           std::any_of(ledger.refusals.begin(), ledger.refusals.end(), [&](base::SystemTime refused) {
               return !ledger.accepted_at || refused > *ledger.accepted_at;
           });
}

/// The bad passwords that the directory may be counting now.
struct PossibleCount {
    std::size_t all = 0;
    std::size_t unanswered = 0;
    base::SystemTime newest;
};

/// A directory measures its window from the last bad password, so its count ends only when a whole window passed
/// without one; an accepted password ends it too (owa-and-auth 9.1).
PossibleCount possible_count(const AccountLedger& ledger, const GuardPolicy& policy, base::SystemTime now) {
    std::vector<std::pair<base::SystemTime, bool>> bad;
    for (const base::SystemTime refused : ledger.refusals) {
        if (!ledger.accepted_at || refused > *ledger.accepted_at) {
            bad.emplace_back(refused, false);
        }
    }
    for (const base::SystemTime lost : ledger.unanswered) {
        bad.emplace_back(lost, true);
    }
    std::sort(bad.rbegin(), bad.rend());
    PossibleCount count;
    base::SystemTime later = now;
    for (const auto& [then, unanswered] : bad) {
        if (later - then >= policy.lockout_window) {
            break;
        }
        count.newest = std::max(count.newest, then);
        ++count.all;
        count.unanswered += unanswered ? 1U : 0U;
        later = then;
    }
    return count;
}

/// Unanswered unproven presentations that one lockout_window may hold.
int allowance(const GuardPolicy& policy) {
    return std::max(1, policy.lockout_threshold - 2);
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

std::size_t parked_doors(const AccountLedger& ledger) {
    return static_cast<std::size_t>(std::count_if(ledger.doors.begin(), ledger.doors.end(), [](const auto& entry) {
        return entry.second.parked_at.has_value();
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

/// What time does not mend, or only the lockout window: the account is locked, it is parked, or its door is.
std::optional<Failure> held_by_park(const AccountLedger& ledger,
                                    const DoorLedger& door,
                                    const Presentation& presentation,
                                    const GuardPolicy& policy,
                                    base::SystemTime now) {
    if (ledger.locked_at && !ledger.forced && *ledger.locked_at + policy.lockout_window > now) {
        return Failure{Stage::authenticate,
                       Cause::account_locked,
                       fmt::format("the server said at {} that account {} is locked; it is left alone for {}",
                                   base::to_rfc3339(*ledger.locked_at),
                                   presentation.account,
                                   base::to_text(policy.lockout_window)),
                       left_of(*ledger.locked_at, policy.lockout_window, now)};
    }
    if (ledger.parked_at) {
        return Failure{Stage::authenticate,
                       ledger.locked_at ? Cause::account_locked : Cause::credential_parked,
                       fmt::format("account {} is parked since {}: {}",
                                   presentation.account,
                                   base::to_rfc3339(*ledger.parked_at),
                                   ledger.parked_why),
                       std::nullopt};
    }
    if (door.parked_at) {
        return Failure{Stage::authenticate,
                       Cause::credential_parked,
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

/// The ceiling of the day, for what is not proven.
std::optional<Failure> held_by_ceiling(const AccountLedger& ledger,
                                       const Presentation& presentation,
                                       const GuardPolicy& policy,
                                       base::SystemTime now) {
    if (count_since(ledger.refusals, now - a_day) < static_cast<std::size_t>(policy.most_refusals_a_day)) {
        return std::nullopt;
    }
    const base::SystemTime oldest = *std::min_element(ledger.refusals.begin(), ledger.refusals.end());
    return Failure{Stage::authenticate,
                   Cause::presentation_withheld,
                   fmt::format("{} presentations of account {} were refused within 24 h; no more without --force",
                               policy.most_refusals_a_day,
                               presentation.account),
                   left_of(oldest, a_day, now)};
}

/// One more bad password could be the one that locks, or the allowance for unanswered ones is spent; that allowance is
/// not for a door that accepted the secret in this cycle.
std::optional<Failure> held_by_count(const AccountLedger& ledger,
                                     const Presentation& presentation,
                                     bool proven_here,
                                     const GuardPolicy& policy,
                                     base::SystemTime now) {
    const PossibleCount count = possible_count(ledger, policy, now);
    const bool spent = !proven_here && count.unanswered >= static_cast<std::size_t>(allowance(policy));
    const bool near_lockout = count.all + 1 >= static_cast<std::size_t>(std::max(2, policy.lockout_threshold));
    if (!spent && !near_lockout) {
        return std::nullopt;
    }
    return Failure{Stage::authenticate,
                   Cause::presentation_withheld,
                   fmt::format("a presentation of account {} was {} at {}; the next waits for the lockout window",
                               presentation.account,
                               count.unanswered > 0 ? "left without an answer" : "refused",
                               base::to_rfc3339(count.newest)),
                   left_of(count.newest, policy.lockout_window, now)};
}

/// A proven presentation that is accepted after a refusal was sent before it and proves nothing.
void note_accepted(AccountLedger& ledger, const Door& at, bool unproven, base::SystemTime now) {
    if (!unproven && is_in_doubt(ledger)) {
        return;
    }
    ledger.accepted_at = now;
    ledger.unanswered.clear();
    ledger.locked_at.reset();
    DoorLedger& door = ledger.doors[at];
    door.accepted_at = now;
    if (unproven) {
        door.suspect_since.reset();
    }
    if (!door.suspect_since && !door.parked_at) {
        door.why.clear();
    }
}

void note_refused(AccountLedger& ledger,
                  const Door& at,
                  std::string_view why,
                  bool locked,
                  const GuardPolicy& policy,
                  base::SystemTime now) {
    const auto park_account = [&](std::string text) {
        ledger.parked_at = now;
        ledger.parked_why = std::move(text);
    };
    if (locked) {
        park_account(std::string(why));
        return;
    }
    DoorLedger& door = ledger.doors[at];
    door.why = std::string(why);
    if (within(door.accepted_at, policy.login_interval, now) && !door.suspect_since) {
        door.suspect_since = now;
    } else if (another_door_accepted(ledger, at, policy, now)) {
        door.parked_at = now;
    } else {
        park_account(std::string(why));
    }
    if (!ledger.parked_at && (parked_doors(ledger) >= 2 || refusing_doors(ledger) >= 2)) {
        park_account(fmt::format("two doors refused it: {}", why));
    }
}

} // namespace

bool is_proven(const AccountLedger& ledger,
               const std::string& fingerprint,
               const GuardPolicy& policy,
               base::SystemTime now) {
    return ledger.fingerprint == fingerprint && !ledger.parked_at &&
           within(ledger.accepted_at, policy.login_interval, now);
}

AccountLedger settle(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now) {
    if (ledger.outstanding) {
        ledger.unanswered.push_back(std::min(now, ledger.outstanding->at + longest_presentation));
        ledger.outstanding.reset();
    }
    bring_back(ledger.unanswered, now);
    bring_back(ledger.refusals, now);
    bring_back(ledger.locked_at, now);
    forget_if_future(ledger.accepted_at, now);
    for (auto& [door, kept] : ledger.doors) {
        bring_back(kept.suspect_since, now);
        forget_if_future(kept.accepted_at, now);
    }
    forget_older(ledger.unanswered, std::max(a_day, policy.lockout_window), now);
    forget_older(ledger.refusals, std::max(a_day, policy.lockout_window), now);
    return ledger;
}

AccountLedger for_secret(AccountLedger ledger, const std::string& fingerprint) {
    if (ledger.fingerprint == fingerprint) {
        return ledger;
    }
    AccountLedger fresh;
    fresh.fingerprint = fingerprint;
    fresh.refusals = std::move(ledger.refusals);
    fresh.unanswered = std::move(ledger.unanswered);
    fresh.locked_at = ledger.locked_at;
    fresh.outstanding = ledger.outstanding;
    fresh.forced = ledger.forced;
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
    const bool proven_here = !door.suspect_since && is_proven(ledger, presentation.fingerprint, policy, now) &&
                             within(door.accepted_at, policy.login_interval, now);
    // Refused or lost elsewhere since: the proof may be over, so what was proven goes one at a time until one is
    // accepted. Else a changed password would be refused once at each door of each source.
    if (proven_here && !is_in_doubt(ledger)) {
        return Grant{true};
    }
    if (ledger.forced) {
        return Grant{false};
    }
    if (!proven_here) {
        if (auto held = held_by_ceiling(ledger, presentation, policy, now)) {
            return tl::unexpected<Failure>(*std::move(held));
        }
    }
    if (auto held = held_by_count(ledger, presentation, proven_here, policy, now)) {
        return tl::unexpected<Failure>(*std::move(held));
    }
    return Grant{false};
}

AccountLedger begun(AccountLedger ledger, const Presentation& presentation, base::SystemTime now) {
    ledger = for_secret(std::move(ledger), presentation.fingerprint);
    if (ledger.outstanding) { // a crash that nobody settled: it stays in the books
        ledger.unanswered.push_back(std::min(now, ledger.outstanding->at + longest_presentation));
    }
    ledger.outstanding = OutstandingPresentation{presentation.door, now};
    ledger.forced = false;
    return ledger;
}

AccountLedger finished(AccountLedger ledger,
                       const Presentation& presentation,
                       bool unproven,
                       PresentationResult result,
                       std::string_view why,
                       bool locked,
                       const GuardPolicy& policy,
                       base::SystemTime now) {
    const bool same_secret = ledger.fingerprint == presentation.fingerprint;
    if (unproven && same_secret) {
        ledger.outstanding.reset();
    }
    switch (result) {
    case PresentationResult::not_sent:
        break;
    case PresentationResult::unanswered:
        if (unproven) {
            ledger.unanswered.push_back(now);
        }
        break;
    case PresentationResult::accepted:
        if (same_secret) {
            note_accepted(ledger, presentation.door, unproven, now);
        }
        break;
    case PresentationResult::refused:
        ledger.refusals.push_back(now);
        if (locked) {
            ledger.locked_at = now;
        }
        if (same_secret) {
            note_refused(ledger, presentation.door, why, locked, policy, now);
        }
        break;
    }
    return ledger;
}

Outcome<AccountLedger> retried(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now, bool force) {
    ledger = settle(std::move(ledger), policy, now);
    if (!force && ledger.locked_at && *ledger.locked_at + policy.lockout_window > now) {
        return failed(Stage::authenticate,
                      Cause::account_locked,
                      fmt::format("the account was locked at {}; it is left alone for {}",
                                  base::to_rfc3339(*ledger.locked_at),
                                  base::to_text(policy.lockout_window)),
                      left_of(*ledger.locked_at, policy.lockout_window, now));
    }
    if (!force && count_since(ledger.refusals, now - a_day) >= static_cast<std::size_t>(policy.most_refusals_a_day)) {
        return failed(Stage::authenticate,
                      Cause::presentation_withheld,
                      fmt::format("{} presentations were refused within 24 h", policy.most_refusals_a_day),
                      left_of(*std::min_element(ledger.refusals.begin(), ledger.refusals.end()), a_day, now));
    }
    ledger.parked_at.reset();
    ledger.parked_why.clear();
    ledger.doors.clear();
    ledger.accepted_at.reset();
    ledger.forced = force;
    if (force) {
        ledger.locked_at.reset();
    }
    return ledger;
}

} // namespace mailpreflight::core
