#include "daemon/views.hpp"

#include <algorithm>

namespace mailpreflight::daemon {

namespace {

api::Look look_of(const core::Observation& observation) {
    return {observation.state, observation.cause, observation.at, observation.detail};
}

} // namespace

std::vector<api::SourceCheck> source_checks(const State& state, const std::string& source) {
    std::vector<api::SourceCheck> checks;
    for (const core::TrackKey& key : core::planned_keys(core::Plan{state.plan.sources, {}, state.plan.schedule})) {
        if (key.subject.source != source || core::is_about_mailbox(key.check)) {
            continue;
        }
        api::SourceCheck row;
        row.check = key.check;
        if (const auto track = state.tracks.find(key); track != state.tracks.end()) {
            if (track->second.latest) {
                row.latest = look_of(*track->second.latest);
            }
            if (track->second.confirmed) {
                row.confirmed = look_of(*track->second.confirmed);
            }
        }
        if (row.latest || !core::is_told_beside(key.check)) {
            checks.push_back(std::move(row));
        }
    }
    return checks;
}

std::optional<base::SystemTime> last_sweep(const State& state, const std::string& source) {
    std::optional<base::SystemTime> oldest;
    for (const core::TrackKey& key : core::planned_keys(core::Plan{{}, state.plan.batches, state.plan.schedule})) {
        if (key.subject.source != source) {
            continue;
        }
        const auto track = state.tracks.find(key);
        if (track == state.tracks.end() || !track->second.latest) {
            return std::nullopt;
        }
        oldest = std::min(oldest.value_or(track->second.latest->at), track->second.latest->at);
    }
    return oldest;
}

api::BatchStatus batch_status(const State& state, const core::Batch& batch, base::SystemTime now) {
    api::BatchStatus status;
    if (const auto readiness = state.readiness.find(batch.name); readiness != state.readiness.end()) {
        status.readiness = readiness->second;
    } else {
        status.readiness.batch = batch.name;
        status.readiness.source = batch.source;
        status.readiness.judged_at = now;
    }
    if (batch.window) {
        status.window = api::WindowTimes{batch.window->start, batch.window->end, batch.window->zone};
    }
    status.state = core::state_of(state.plan.schedule, batch, now);
    status.max_age = core::max_age(state.plan.schedule, batch, now);
    return status;
}

std::vector<api::BatchStatus> batch_statuses(const State& state, base::SystemTime now) {
    std::vector<api::BatchStatus> statuses;
    for (const core::Batch& batch : state.plan.batches) {
        statuses.push_back(batch_status(state, batch, now));
    }
    return statuses;
}

api::AccountSight account_sight(const std::string& name,
                                const core::AccountLedger& ledger,
                                const std::string& fingerprint,
                                const std::string& problem,
                                const core::GuardPolicy& policy,
                                base::SystemTime now) {
    api::AccountSight sight;
    sight.name = name;
    if (!problem.empty()) {
        sight.state = api::AccountState::unreadable;
        sight.why = problem;
        return sight;
    }
    const core::AccountLedger current = core::for_secret(ledger, fingerprint);
    if (current.locked_at && *current.locked_at + policy.lockout_window > now) {
        sight.state = api::AccountState::locked;
        sight.since = current.locked_at;
        sight.until = *current.locked_at + policy.lockout_window;
        sight.why = current.parked_why;
    } else if (current.parked_at) {
        sight.state = api::AccountState::parked;
        sight.since = current.parked_at;
        sight.why = current.parked_why;
    } else if (core::is_proven(current, fingerprint, policy, now) && core::room(current, policy, now) > 0) {
        sight.state = api::AccountState::proven;
        sight.until = *current.accepted_at + policy.login_interval;
    } else {
        core::Presentation presentation;
        presentation.account = name;
        presentation.fingerprint = fingerprint;
        presentation.proving = true;
        const auto allowed = core::may_present(current, presentation, policy, now);
        if (!allowed) {
            sight.state = api::AccountState::withheld;
            sight.why = allowed.error().detail;
            if (allowed.error().retry_after) {
                sight.until = now + *allowed.error().retry_after;
            }
        }
    }
    return sight;
}

} // namespace mailpreflight::daemon
