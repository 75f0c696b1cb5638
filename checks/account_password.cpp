#include "checks/account_password.hpp"

#include "core/ending.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::checks {

namespace {

using core::Cause;

// The first step of the customary ladder 21/14/7/3/1 days; the detail counts them.
constexpr base::Duration expires_soon = std::chrono::hours(24 * 21);
constexpr std::chrono::milliseconds longest_directory_look{10'000};
// Two tellers that differ by less mean the same: EWS rounds, and a declared day has no hour.
constexpr base::Duration same_end = std::chrono::hours(1);
constexpr base::Duration same_day = std::chrono::hours(48);

/// An end as one teller knows it.
struct End {
    std::string_view by;      ///< for people
    std::string_view told_by; ///< the fact
    bool never = false;
    std::optional<base::SystemTime> at; ///< with neither: must be changed now
};

std::string words_of(const End& end) {
    return end.never ? "never" : end.at ? base::to_rfc3339(*end.at) : "must be changed now";
}

/// In the order in which they are believed.
std::vector<End> ends_of(const PasswordTold& told) {
    std::vector<End> ends;
    if (told.directory && (told.directory->password_never_ends || told.directory->password_end)) {
        ends.push_back({"the directory", "ldap", told.directory->password_never_ends, told.directory->password_end});
    }
    if (told.ews) {
        ends.push_back({"EWS", "ews", told.ews->never, told.ews->at});
    }
    if (told.declared) {
        ends.push_back({"the configuration", "configuration", false, told.declared});
    }
    return ends;
}

bool differ(const End& a, const End& b) {
    if (a.never != b.never || a.at.has_value() != b.at.has_value()) {
        return true;
    }
    const base::Duration apart = a.at ? std::chrono::abs(*a.at - *b.at) : base::Duration::zero();
    return apart > (b.told_by == "configuration" ? same_day : same_end);
}

std::string disagreement(const std::vector<End>& ends) {
    std::string text;
    for (std::size_t i = 1; i < ends.size(); ++i) {
        if (differ(ends.front(), ends[i])) {
            text += fmt::format("; {} says otherwise: {}", ends[i].by, words_of(ends[i]));
            if (ends.front().told_by == "ldap" && ends[i].told_by == "ews") {
                text += " (it knows no fine-grained password policies)";
            }
        }
    }
    return text;
}

/// What the directory says of an account that cannot log in.
std::string sentence_of(Cause reason, const directory::AccountState& state) {
    const auto at = [](const std::optional<base::SystemTime>& time) {
        return time ? " since " + base::to_rfc3339(*time) : std::string();
    };
    if (reason == Cause::admin_account_disabled) {
        return "the directory says that the account is disabled";
    }
    if (reason == Cause::account_expired) {
        return "the directory says that the account has ended" + at(state.account_end);
    }
    if (reason == Cause::account_locked) {
        return fmt::format("the directory says that the account is locked out{}{}",
                           at(state.locked_since),
                           state.bad_passwords ? fmt::format(", with {} bad passwords there", *state.bad_passwords)
                                               : "");
    }
    if (reason == Cause::password_change_required) {
        return "the directory says that the password must be changed at the next logon";
    }
    return "the directory says that the password has ended" + at(state.password_end);
}

/// "ends in 13 days, at 2026-12-24T10:00:00.000Z"
std::string ends(base::SystemTime at, base::SystemTime now) {
    return at > now ? fmt::format("ends in {}, at {}", core::words_for(at - now), base::to_rfc3339(at))
                    : fmt::format("has ended at {}", base::to_rfc3339(at));
}

void add_directory_facts(core::Observation& look, const directory::AccountState& state) {
    look.facts["account_expires"] = state.account_end ? base::to_rfc3339(*state.account_end) : "never";
    if (state.password_set) {
        look.facts["password_set"] = base::to_rfc3339(*state.password_set);
    }
    if (state.bad_passwords) {
        look.facts["bad_passwords"] = std::to_string(*state.bad_passwords);
    }
}

Cause reason_of(const PasswordTold& told, base::SystemTime now) {
    return told.directory ? directory::reason_not_to_log_in(*told.directory, now) : Cause::ok;
}

} // namespace

core::Observation judge_password(const std::string& source, const PasswordTold& told, base::SystemTime now) {
    const core::TrackKey key{core::Check::account_password, core::Subject::of_source(source)};
    const std::vector<End> known = ends_of(told);
    Cause cause = reason_of(told, now);
    std::string detail;
    std::string_view told_by = "ldap";
    if (cause != Cause::ok) {
        detail = sentence_of(cause, *told.directory);
    } else if (known.empty()) {
        cause = told.directory_problem.empty() ? Cause::password_expiry_unknown : Cause::directory_unreadable;
        detail = "neither a directory nor EWS says when the password ends, and password_expires is not declared";
    } else {
        const End& end = known.front();
        told_by = end.told_by;
        if (!end.never && !end.at) {
            cause = Cause::password_change_required;
            detail = fmt::format("the password must be changed now, says {}", end.by);
        } else {
            const bool soon = end.at && *end.at - now < expires_soon;
            cause = soon                             ? Cause::password_expires_soon
                    : told.directory_problem.empty() ? Cause::ok
                                                     : Cause::directory_unreadable;
            detail = fmt::format("the password {}, says {}", end.never ? "never ends" : ends(*end.at, now), end.by);
        }
        detail += disagreement(known);
    }
    if (const auto account_end = told.directory ? told.directory->account_end : std::nullopt;
        account_end && *account_end > now && *account_end - now < expires_soon) {
        detail += fmt::format("; the account itself {}", ends(*account_end, now));
        if (core::state_of(cause) != core::State::fail) {
            cause = Cause::account_expires_soon;
        }
    }
    if (!told.directory_problem.empty()) {
        detail += "; the directory could not be read: " + told.directory_problem;
    }
    core::Observation look = core::observe(key, now, cause, detail);
    // While the directory cannot be read, others do not overrule what it told before (core/ending.hpp).
    const bool instead = !told.directory_problem.empty();
    if (!known.empty() || reason_of(told, now) != Cause::ok) {
        look.facts[instead ? "fallback_told_by" : "told_by"] = told_by;
    }
    if (!known.empty() && (known.front().never || known.front().at)) {
        look.facts[instead ? "fallback_expires" : "password_expires"] = words_of(known.front());
    }
    if (told.directory) {
        add_directory_facts(look, *told.directory);
    } else if (told.directory_problem.empty()) {
        look.facts["account_expires"] = "unknown"; // nobody is asked: what was known before is no longer so
    }
    return look;
}

PasswordTold ask_directory(Access& access, const base::Deadline& deadline) {
    PasswordTold told;
    told.declared = access.endpoints().password_expires;
    // The login that follows needs its share of the time.
    auto state = access.directory_state(deadline.at_most(std::min(longest_directory_look, deadline.left() / 2)));
    if (state && *state) {
        told.directory = **state;
    } else if (state) {
        told.directory_problem =
            state->error().detail.empty() ? std::string(core::code_of(state->error().cause)) : state->error().detail;
    }
    return told;
}

std::optional<Looked> held_by_directory(const Access& access, const PasswordTold& told, core::Check login) {
    const base::SystemTime now = access.now();
    const Cause reason = reason_of(told, now);
    if (reason == Cause::ok) {
        return std::nullopt;
    }
    Looked looked;
    looked.gate = core::Failure{
        core::Stage::authenticate, reason, "no login was tried: " + sentence_of(reason, *told.directory), std::nullopt};
    core::Observation held =
        core::observe({login, core::Subject::of_source(access.endpoints().source)}, now, *looked.gate);
    held.evidence.url = access.endpoints().directory->url();
    held.connected_at = now;
    looked.observations.push_back(std::move(held));
    looked.observations.push_back(account_password(access, told, now));
    return looked;
}

core::Observation judge_application_end(const std::string& source,
                                        const std::optional<base::SystemTime>& certificate_ends,
                                        const std::optional<base::SystemTime>& declared,
                                        base::SystemTime now) {
    const core::TrackKey key{core::Check::account_password, core::Subject::of_source(source)};
    const std::optional<base::SystemTime> end = certificate_ends ? certificate_ends : declared;
    if (!end) {
        return core::observe(key,
                             now,
                             core::Cause::password_expiry_unknown,
                             "no answer tells when a client secret ends, and secret_expires is not declared");
    }
    const core::Cause cause = *end - now < expires_soon ? core::Cause::password_expires_soon : core::Cause::ok;
    core::Observation look = core::observe(key,
                                           now,
                                           cause,
                                           fmt::format("the application's {} ends at {}",
                                                       certificate_ends ? "certificate" : "client secret",
                                                       base::to_rfc3339(*end)));
    look.facts["password_expires"] = base::to_rfc3339(*end);
    look.facts["told_by"] = certificate_ends ? "certificate" : "configuration";
    return look;
}

core::Outcome<core::Observation>
account_password(Access& access, Access::EwsLane& lent, PasswordTold told, const base::Deadline& deadline) {
    if (const auto& oauth = access.endpoints().identity->oauth) {
        const auto& certificate = oauth->certificate();
        core::Observation look =
            judge_application_end(access.endpoints().source,
                                  certificate ? std::optional(certificate->not_after()) : std::nullopt,
                                  access.endpoints().password_expires,
                                  access.now());
        look.evidence.peer = access.last_dial().peer;
        look.connected_at = lent.opened_at;
        return look;
    }
    if (lent.lane.alive() && access.pace(deadline)) {
        auto answer = ews::ask_password_expiration(lent.lane, lent.context, deadline);
        if (!answer && answer.error().stage == core::Stage::authenticate) {
            return tl::unexpected(std::move(answer.error()));
        }
        told.ews = answer ? answer->expires : std::nullopt;
    }
    core::Observation look = account_password(access, told, lent.opened_at);
    if (look.evidence.url.empty()) {
        look.evidence.peer = access.last_dial().peer;
    }
    return look;
}

core::Observation account_password(const Access& access, const PasswordTold& told, base::SystemTime connected_at) {
    core::Observation look = judge_password(access.endpoints().source, told, access.now());
    look.connected_at = connected_at;
    if (told.directory) {
        look.evidence.url = access.endpoints().directory->url();
    }
    return look;
}

} // namespace mailpreflight::checks
