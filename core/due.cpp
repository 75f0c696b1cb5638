#include "core/due.hpp"

#include "core/batch_state.hpp"
#include "core/drift.hpp"
#include "core/leftover_rights.hpp"
#include "core/org_wide.hpp"
#include "core/sweep_rate.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

/// Newer of the last look and the last time it was asked for. A time in the future is a clock that was set back and
/// says nothing: better asked once more than silent until then.
std::optional<base::SystemTime>
last_time(const Tracks& tracks, const LastAsked& asked, const TrackKey& key, base::SystemTime now) {
    std::optional<base::SystemTime> last;
    const Track* const track = find_track(tracks, key);
    if (track != nullptr && track->latest && track->latest->at <= now) {
        last = track->latest->at;
    }
    const auto entry = asked.find(key);
    if (entry != asked.end() && entry->second <= now && (!last || entry->second > *last)) {
        last = entry->second;
    }
    return last;
}

bool is_due(const std::optional<base::SystemTime>& last, base::Duration interval, base::SystemTime now) {
    return !last || now - *last >= interval;
}

constexpr base::Duration longest_interval = std::chrono::hours(24 * 3660);

class Requests {
public:
    Requests(const Tracks& tracks, const LastAsked& asked, base::SystemTime now) :
        tracks_(tracks),
        asked_(asked),
        now_(now) {}

    /// The first request of a key stands: priorities are walked from the highest down. What was not found out, and a
    /// source that did not answer well, is asked again after `retry` already.
    void add_if_due(const TrackKey& key,
                    Priority priority,
                    base::Duration interval,
                    std::optional<base::SystemTime> connection_after = std::nullopt,
                    base::Duration retry = longest_interval) {
        const Track* const track = find_track(tracks_, key);
        const bool settled = track == nullptr || !track->latest || is_definite(*track->latest);
        const bool failing_source = !settled || (track != nullptr && track->latest && !is_about_mailbox(key.check) &&
                                                 track->latest->state == State::fail);
        if (!settled || failing_source) {
            interval = std::min(interval, retry);
        }
        if (!taken_.contains(key) && is_due(last_time(tracks_, asked_, key, now_), interval, now_)) {
            taken_.insert(key);
            requests_.push_back({key, priority, connection_after, {}});
        }
    }

    std::vector<CheckRequest> take() {
        std::stable_sort(requests_.begin(), requests_.end(), [](const CheckRequest& a, const CheckRequest& b) {
            return a.priority < b.priority;
        });
        return std::move(requests_);
    }

private:
    const Tracks& tracks_;
    const LastAsked& asked_;
    base::SystemTime now_;
    std::set<TrackKey> taken_;
    std::vector<CheckRequest> requests_;
};

/// A gate is closed when its latest look is not good; before the first look it is closed too.
bool passed_last(const Tracks& tracks, const std::string& source, Check check) {
    const Track* const track = find_track(tracks, {check, Subject::of_source(source)});
    return track != nullptr && track->latest && is_good(track->latest->state);
}

/// The spray brake holds the source's individual passwords.
bool is_braked(const Tracks& tracks, const std::string& source) {
    const Track* const track = find_track(tracks, {Check::account_spray_brake, Subject::of_source(source)});
    return track != nullptr && track->latest && track->latest->state == State::fail;
}

void add_logins(const SourcePlan& source,
                const Schedule& schedule,
                const Tracks& tracks,
                base::SystemTime now,
                Requests& requests) {
    const Subject subject = Subject::of_source(source.name);
    if (source.has_ews) {
        requests.add_if_due({Check::ews_login, subject}, Priority::source, schedule.login_interval, now, source_retry);
    }
    // One door first: the next presents only what another accepted in this cycle (6.1).
    if (source.has_owa && (!source.has_ews || passed_last(tracks, source.name, Check::ews_login))) {
        requests.add_if_due({Check::owa_login, subject}, Priority::source, schedule.login_interval, now, source_retry);
    }
}

void add_source_checks(
    const Plan& plan, const SourcePlan& source, const Tracks& tracks, base::SystemTime now, Requests& requests) {
    const Subject subject = Subject::of_source(source.name);
    const Schedule& schedule = plan.schedule;
    // One look at the certificate dials anew and so sees name and port too: three observations of one connection.
    requests.add_if_due(
        {Check::tls_certificate, subject}, Priority::source, schedule.source_interval, std::nullopt, source_retry);
    // Logins first: the mailboxes wait behind them.
    if (passed_last(tracks, source.name, Check::tls_certificate)) {
        add_logins(source, schedule, tracks, now, requests);
    }
    // Nothing is presented: one bad certificate among several is what it is there to see.
    if (passed_last(tracks, source.name, Check::source_dns) && passed_last(tracks, source.name, Check::source_tcp)) {
        requests.add_if_due({Check::source_address, subject},
                            Priority::source,
                            schedule.source_interval * address_rounds,
                            std::nullopt);
    }
    // Also where the certificate is refused: the versions may be why.
    if (passed_last(tracks, source.name, Check::source_tcp)) {
        requests.add_if_due({Check::tls_floor, subject},
                            Priority::source,
                            schedule.tls_floor_interval,
                            std::nullopt,
                            schedule.login_interval);
    }
}

void add_second_looks(const Tracks& tracks,
                      const std::set<TrackKey>& planned,
                      const std::set<Subject>& left,
                      const LastAsked& asked,
                      const ConfirmRules& rules,
                      base::SystemTime now,
                      Requests& requests) {
    for (const TrackKey& key : planned) {
        const Track* const track = find_track(tracks, key);
        // User-Agents are compared on logins that go anyway: a second look would be a login more.
        if (track == nullptr || !track->candidate || key.check == Check::ews_user_agent || left.contains(key.subject)) {
            continue;
        }
        const bool login = key.check == Check::ews_login || key.check == Check::owa_login;
        if (!gate_is_open(tracks, key.subject.source, key.check) ||
            (login && !passed_last(tracks, key.subject.source, Check::tls_certificate))) {
            continue;
        }
        const base::SystemTime first = track->candidate->first->at;
        const auto sooner = rules.sooner.find(key.subject);
        const base::Duration wait =
            sooner == rules.sooner.end() ? rules.confirm_after : std::min(rules.confirm_after, sooner->second);
        const auto entry = asked.find(key);
        const bool asked_since =
            entry != asked.end() && entry->second >= first + wait && entry->second <= now && now - entry->second < wait;
        if (now - first >= wait && !asked_since) {
            requests.add_if_due(key, Priority::second_look, base::Duration::zero(), first);
        }
    }
}

/// One canary was refused that passed: the others are looked at at once, and those that refuse once more, to know in a
/// minute whether the whole source does (6.4).
void add_looks_at_a_loss(const Plan& plan,
                         const Tracks& tracks,
                         const std::set<TrackKey>& planned,
                         const std::vector<TrackKey>& passing,
                         base::SystemTime now,
                         Requests& requests) {
    const auto since = first_refusal(tracks, passing, now);
    if (!since) {
        return;
    }
    for (const TrackKey& key : passing) {
        if (!planned.contains(key) || !gate_is_open(tracks, key.subject.source, key.check)) {
            continue;
        }
        const Track& track = tracks.at(key);
        if (!track.candidate) {
            requests.add_if_due(key, Priority::second_look, now - *since);
        } else if (track.candidate->last->connected_at <= track.candidate->first->at) {
            requests.add_if_due(
                key, Priority::second_look, org_wide_apart(plan.schedule.confirm_after), track.candidate->first->at);
        }
    }
}

void add_canaries(const Plan& plan,
                  const Tracks& tracks,
                  const std::set<TrackKey>& planned,
                  base::SystemTime now,
                  Requests& requests) {
    for (const SourcePlan& source : plan.sources) {
        // OWA's explicit logon costs a shell each time; where there is no EWS it is the only way, or WebDAV.
        const std::vector<Way> ways =
            source.has_ews ? std::vector{Way::impersonation, Way::full_access} : std::vector{Way::owa};
        const std::vector<Subject> subjects = canaries(plan, tracks, source.name, now);
        for (const Way way : ways) {
            add_looks_at_a_loss(
                plan, tracks, planned, passing_canaries(tracks, subjects, check_of(way)), now, requests);
        }
        for (const Subject& subject : subjects) {
            for (const Way way : ways) {
                const TrackKey key{check_of(way), subject};
                if (planned.contains(key) && gate_is_open(tracks, source.name, key.check)) {
                    requests.add_if_due(key,
                                        Priority::canary,
                                        plan.schedule.canary_interval,
                                        std::nullopt,
                                        plan.schedule.confirm_after);
                }
            }
        }
    }
}

void add_sweeps(const Plan& plan, const Tracks& tracks, base::SystemTime now, Requests& requests) {
    const auto add = [&](const TrackKey& key, base::Duration interval) {
        if (gate_is_open(tracks, key.subject.source, key.check)) {
            requests.add_if_due(key, Priority::sweep, interval, std::nullopt, plan.schedule.confirm_after);
        }
    };
    std::set<std::string> held; // while a batch moves: source checks and canaries only
    for (const SourcePlan& source : plan.sources) {
        if (held_by(plan, source.name, now)) {
            held.insert(source.name);
            continue;
        }
        for (const std::string& address : source.must_not_open) { // negative canaries that are too many for canaries
            add({negative_check(source), Subject::of_mailbox(source.name, address)}, plan.schedule.sweep_interval);
        }
    }
    std::map<std::pair<std::string, Way>, std::optional<Loss>> losses; // a pass over all tracks each
    for (const Batch& batch : plan.batches) {
        if (held.contains(batch.source) || state_of(plan.schedule, batch, now) == BatchState::done) {
            continue;
        }
        const base::Duration interval = sweep_interval(plan, batch, now);
        std::map<Way, base::Duration> intervals;
        for (const Way way : batch.prove) {
            if (way == Way::own_login) { // one user's password says nothing of another's
                intervals[way] = interval;
                continue;
            }
            // How far a loss goes is worth a sweep at once.
            const auto [entry, is_new] = losses.try_emplace({batch.source, way});
            if (is_new) {
                entry->second = loss_of(tracks, batch.source, check_of(way));
            }
            const std::optional<Loss>& loss = entry->second;
            intervals[way] = loss && loss->since <= now ? std::min(interval, now - loss->since) : interval;
        }
        for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
            const Subject subject = Subject::of_mailbox(batch.source, batch.list.mailboxes[i].address);
            for (const Way way : required_ways(batch, i, plan.schedule)) {
                add({check_of(way), subject}, intervals.at(way));
            }
        }
    }
    for (const TrackKey& key : leftover_looks(plan, tracks, now)) {
        add(key, plan.schedule.canary_interval);
    }
}

} // namespace

std::string_view name_of(Priority priority) {
    switch (priority) {
    case Priority::on_demand:
        return "on_demand";
    case Priority::source:
        return "source";
    case Priority::second_look:
        return "second_look";
    case Priority::canary:
        return "canary";
    case Priority::sweep:
        return "sweep";
    }
    throw std::logic_error("no such priority");
}

bool gate_is_open(const Tracks& tracks, const std::string& source, Check check) {
    if (!is_about_mailbox(check)) {
        return true;
    }
    if (check == Check::mailbox_own_login && is_braked(tracks, source)) {
        return false;
    }
    return passed_last(tracks, source, Check::tls_certificate) &&
           passed_last(tracks, source, check == Check::mailbox_owa ? Check::owa_login : Check::ews_login);
}

std::vector<CheckRequest> due(const Plan& plan, const Tracks& tracks, const LastAsked& asked, base::SystemTime now) {
    Requests requests(tracks, asked, now);
    const std::set<TrackKey> planned = planned_keys(plan);
    for (const SourcePlan& source : plan.sources) {
        add_source_checks(plan, source, tracks, now, requests);
    }
    add_second_looks(tracks, planned, left_behind(plan, now), asked, confirm_rules(plan, now), now, requests);
    add_canaries(plan, tracks, planned, now, requests);
    add_sweeps(plan, tracks, now, requests);
    return requests.take();
}

std::optional<int> lanes_allowed(const Plan& plan, const std::string& source, base::SystemTime now) {
    return held_by(plan, source, now) ? std::optional(1) : std::nullopt;
}

ConfirmRules confirm_rules(const Plan& plan, base::SystemTime now) {
    ConfirmRules rules;
    rules.confirm_after = plan.schedule.confirm_after;
    rules.canaries_of = [&plan, now](const std::string& source, const Tracks& tracks) {
        return canaries(plan, tracks, source, now);
    };
    for (const Batch& batch : plan.batches) {
        if (batch.window && batch.window->start - now <= std::chrono::hours(4) && now < batch.window->end &&
            state_of(plan.schedule, batch, now) != BatchState::done) {
            for (const ListedMailbox& mailbox : batch.list.mailboxes) {
                rules.sooner[Subject::of_mailbox(batch.source, mailbox.address)] = plan.schedule.confirm_after_4h;
            }
        }
    }
    return rules;
}

} // namespace mailpreflight::core
