#include "core/guard.hpp"

#include "base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::core {

namespace {

constexpr base::Duration a_day = std::chrono::hours(24);

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

std::size_t count_since(const std::vector<base::SystemTime>& times, base::SystemTime since) {
    return static_cast<std::size_t>(
        std::count_if(times.begin(), times.end(), [&](base::SystemTime then) { return then > since; }));
}

/// Unanswered unproven presentations that one lockout_window may hold.
int allowance(const GuardPolicy& policy) {
    return std::max(1, policy.lockout_threshold - 2);
}

bool another_door_accepted(const AccountLedger& ledger, const Door& door, const GuardPolicy& policy,
                           base::SystemTime now) {
    return std::any_of(ledger.doors.begin(), ledger.doors.end(), [&](const auto& entry) {
        return entry.first != door && within(entry.second.accepted_at, policy.login_interval, now);
    });
}

std::size_t parked_doors(const AccountLedger& ledger) {
    return static_cast<std::size_t>(std::count_if(
        ledger.doors.begin(), ledger.doors.end(), [](const auto& entry) { return entry.second.parked_at.has_value(); }));
}

Outcome<Grant> withheld(std::string detail, base::Duration wait) {
    return failed(Stage::authenticate, Cause::presentation_withheld, std::move(detail), wait);
}

} // namespace

bool is_proven(const AccountLedger& ledger, const std::string& fingerprint, const GuardPolicy& policy,
               base::SystemTime now) {
    return ledger.fingerprint == fingerprint && !ledger.parked_at &&
           within(ledger.accepted_at, policy.login_interval, now);
}

AccountLedger settle(AccountLedger ledger, const GuardPolicy& policy, base::SystemTime now) {
    if (ledger.outstanding) {
        ledger.unanswered.push_back(ledger.outstanding->at);
        ledger.outstanding.reset();
    }
    forget_older(ledger.unanswered, policy.lockout_window, now);
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

Outcome<Grant> may_present(const AccountLedger& kept, const Presentation& presentation, const GuardPolicy& policy,
                           base::SystemTime now) {
    const AccountLedger ledger = for_secret(kept, presentation.fingerprint);
    if (ledger.locked_at && !ledger.forced && *ledger.locked_at + policy.lockout_window > now) {
        return failed(Stage::authenticate,
                      Cause::account_locked,
                      fmt::format("the server said at {} that account {} is locked; it is left alone for {}",
                                  base::to_rfc3339(*ledger.locked_at),
                                  presentation.account,
                                  base::to_text(policy.lockout_window)),
                      left_of(*ledger.locked_at, policy.lockout_window, now));
    }
    if (ledger.parked_at) {
        return failed(Stage::authenticate,
                      ledger.locked_at ? Cause::account_locked : Cause::credential_parked,
                      fmt::format("account {} is parked since {}: {}",
                                  presentation.account,
                                  base::to_rfc3339(*ledger.parked_at),
                                  ledger.parked_why));
    }
    const auto found = ledger.doors.find(presentation.door);
    const DoorLedger door = found == ledger.doors.end() ? DoorLedger{} : found->second;
    if (door.parked_at) {
        return failed(Stage::authenticate,
                      Cause::credential_parked,
                      fmt::format("door {} of {} is parked since {}: {}",
                                  presentation.door.name,
                                  presentation.door.source,
                                  base::to_rfc3339(*door.parked_at),
                                  door.why));
    }
    if (door.suspect_since) {
        const base::Duration wait = left_of(*door.suspect_since, policy.suspect_wait, now);
        if (wait > base::Duration::zero()) {
            return withheld(fmt::format("door {} of {} refused a secret that it had accepted; one look follows",
                                        presentation.door.name,
                                        presentation.door.source),
                            wait);
        }
        if (!presentation.proving) {
            return withheld("the one look at a suspect door belongs to the login check", policy.suspect_wait);
        }
    } else if (is_proven(ledger, presentation.fingerprint, policy, now) &&
               within(door.accepted_at, policy.login_interval, now)) {
        return Grant{true};
    }
    // Unproven: this door has not accepted this secret within login_interval.
    const AccountLedger settled = settle(ledger, policy, now);
    if (!ledger.forced) {
        if (count_since(settled.refusals, now - a_day) >= static_cast<std::size_t>(policy.most_refusals_a_day)) {
            const base::SystemTime oldest = *std::min_element(settled.refusals.begin(), settled.refusals.end());
            return withheld(fmt::format("{} presentations of account {} were refused within 24 h; no more without --force",
                                        policy.most_refusals_a_day,
                                        presentation.account),
                            left_of(oldest, a_day, now));
        }
        const base::SystemTime window_start = now - policy.lockout_window;
        const std::size_t unanswered = count_since(settled.unanswered, window_start);
        const std::size_t refused = count_since(settled.refusals, window_start);
        const bool spent = unanswered >= static_cast<std::size_t>(allowance(policy));
        const bool near_lockout =
            unanswered > 0 && unanswered + refused + 1 >= static_cast<std::size_t>(std::max(2, policy.lockout_threshold));
        if (spent || near_lockout) {
            const base::SystemTime oldest = *std::min_element(settled.unanswered.begin(), settled.unanswered.end());
            return withheld(fmt::format("a presentation of account {} was left without an answer at {}; the next waits for the "
                                        "lockout window",
                                        presentation.account,
                                        base::to_rfc3339(oldest)),
                            left_of(oldest, policy.lockout_window, now));
        }
    }
    return Grant{false};
}

AccountLedger begun(AccountLedger ledger, const Presentation& presentation, base::SystemTime now) {
    ledger = for_secret(std::move(ledger), presentation.fingerprint);
    ledger.outstanding = OutstandingPresentation{presentation.door, now};
    ledger.forced = false;
    return ledger;
}

AccountLedger finished(AccountLedger ledger, const Presentation& presentation, bool unproven, PresentationResult result,
                       std::string_view why, bool locked, const GuardPolicy& policy, base::SystemTime now) {
    const bool same_secret = ledger.fingerprint == presentation.fingerprint;
    if (unproven && same_secret) {
        ledger.outstanding.reset();
    }
    switch (result) {
    case PresentationResult::not_sent:
        return ledger;
    case PresentationResult::unanswered:
        if (unproven) {
            ledger.unanswered.push_back(now);
        }
        return ledger;
    case PresentationResult::accepted:
        if (same_secret) { // an answer to a secret that was replaced meanwhile proves nothing of the new one
            ledger.accepted_at = now;
            ledger.unanswered.clear();
            ledger.locked_at.reset();
            DoorLedger& door = ledger.doors[presentation.door];
            door = DoorLedger{};
            door.accepted_at = now;
        }
        return ledger;
    case PresentationResult::refused:
        break;
    }
    ledger.refusals.push_back(now);
    if (locked) {
        ledger.locked_at = now;
    }
    if (!same_secret) {
        return ledger;
    }
    const auto park_account = [&](std::string text) {
        ledger.parked_at = now;
        ledger.parked_why = std::move(text);
    };
    DoorLedger& door = ledger.doors[presentation.door];
    if (locked) {
        park_account(std::string(why));
    } else if (within(door.accepted_at, policy.login_interval, now) && !door.suspect_since) {
        door.suspect_since = now;
        door.why = std::string(why);
    } else if (another_door_accepted(ledger, presentation.door, policy, now)) {
        door.parked_at = now;
        door.why = std::string(why);
        if (parked_doors(ledger) >= 2) {
            park_account(fmt::format("two doors refused it: {}", why));
        }
    } else {
        park_account(std::string(why));
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
    if (!force &&
        count_since(ledger.refusals, now - a_day) >= static_cast<std::size_t>(policy.most_refusals_a_day)) {
        return withheld(fmt::format("{} presentations were refused within 24 h", policy.most_refusals_a_day),
                        left_of(*std::min_element(ledger.refusals.begin(), ledger.refusals.end()), a_day, now))
            .map([](Grant) { return AccountLedger{}; });
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
