#include "core/standing.hpp"

#include "core/due.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

// A look may be this much in the future, when the clock was slewed; more is a clock that was set back, and its age
// unknown.
constexpr base::Duration clock_tolerance = std::chrono::minutes(1);

Judgement blocked(Cause cause, std::string why = {}) {
    return {Standing::blocked, cause, std::move(why)};
}

} // namespace

Judgement judge_track(const Track* track, base::Duration oldest_allowed, base::SystemTime now) {
    return judge_track(track, oldest_allowed, now, now);
}

Judgement
judge_track(const Track* track, base::Duration oldest_allowed, base::SystemTime now, base::SystemTime ages_at) {
    if (track == nullptr || !track->latest) {
        return {};
    }
    if (!track->definite) {
        return {Standing::unknown, track->latest->cause, "never a definite look"};
    }
    const Observation& seen = *track->definite;
    if (seen.at > now + clock_tolerance) {
        return {Standing::unknown, Cause::never_looked_at, "the clock was set back since its last definite look"};
    }
    if (ages_at - seen.at > oldest_allowed) {
        const Cause cause = is_definite(*track->latest) ? Cause::never_looked_at : track->latest->cause;
        return {Standing::unknown,
                cause,
                fmt::format("last definite look is older than {}{}",
                            base::to_text(oldest_allowed),
                            ages_at < now ? " at the window's start" : "")};
    }
    if (!track->confirmed || !same_news(*track->confirmed, seen)) {
        if (track->confirmed && track->confirmed->state == State::fail) {
            return blocked(track->confirmed->cause,
                           is_good(seen.state) ? "passed once, a second good look is awaited" : "");
        }
        if (!is_good(seen.state)) {
            return {Standing::unknown, seen.cause, "seen once, the second look is awaited"};
        }
    }
    if (seen.state == State::fail) {
        return blocked(seen.cause);
    }
    return {seen.state == State::warn ? Standing::warned : Standing::passed, seen.cause, {}};
}

std::vector<Check> required_source_checks(const Batch& batch) {
    std::vector<Check> checks{Check::source_dns, Check::source_tcp, Check::tls_certificate};
    if (std::any_of(batch.prove.begin(), batch.prove.end(), [](Way way) { return way != Way::owa; })) {
        checks.push_back(Check::ews_login);
    }
    if (std::find(batch.prove.begin(), batch.prove.end(), Way::owa) != batch.prove.end()) {
        checks.push_back(Check::owa_login);
    }
    return checks;
}

base::Duration interval_of(const Schedule& schedule, Check check) {
    switch (check) {
    case Check::source_dns:
    case Check::source_tcp:
    case Check::source_clock:
    case Check::tls_certificate:
        return schedule.source_interval;
    case Check::source_address:
        return schedule.source_interval * address_rounds;
    case Check::tls_floor:
        return schedule.tls_floor_interval;
    case Check::ews_login:
    case Check::owa_login:
    case Check::auth_extended_protection:
    case Check::account_password:
    case Check::ews_user_agent:
    case Check::ews_retirement:
    case Check::server_version:
        return schedule.login_interval;
    case Check::mailbox_impersonation:
    case Check::mailbox_full_access:
    case Check::mailbox_owa:
    case Check::mailbox_own_login:
        return schedule.sweep_interval;
    case Check::source_watch:
    case Check::account_rights:
    case Check::account_spray_brake:
        return base::Duration::max(); // what we conclude holds until we conclude otherwise
    }
    throw std::logic_error("no such check");
}

base::Duration max_age_of(const Schedule& schedule, Check check) {
    const base::Duration interval = interval_of(schedule, check);
    return is_concluded(check) ? interval : interval * 3 / 2;
}

} // namespace mailpreflight::core
