#include "core/due.hpp"

#include "core/drift.hpp"
#include "core/readiness.hpp"

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
// A source that did not answer well is looked at again this soon: its mailboxes wait behind it.
constexpr base::Duration source_retry = std::chrono::seconds(60);

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
    return track != nullptr && track->latest &&
           (track->latest->state == State::pass || track->latest->state == State::warn);
}

void add_source_checks(
    const Plan& plan, const SourcePlan& source, const Tracks& tracks, base::SystemTime now, Requests& requests) {
    const Subject subject = Subject::of_source(source.name);
    const Schedule& schedule = plan.schedule;
    // One look at the certificate dials anew and so sees name and port too: three observations of one connection.
    requests.add_if_due(
        {Check::tls_certificate, subject}, Priority::source, schedule.source_interval, std::nullopt, source_retry);
    if (!passed_last(tracks, source.name, Check::tls_certificate)) {
        return;
    }
    if (source.has_ews) {
        requests.add_if_due({Check::ews_login, subject}, Priority::source, schedule.login_interval, now, source_retry);
    }
    // One door first: the next presents only what another accepted in this cycle (6.1).
    if (source.has_owa && (!source.has_ews || passed_last(tracks, source.name, Check::ews_login))) {
        requests.add_if_due({Check::owa_login, subject}, Priority::source, schedule.login_interval, now, source_retry);
    }
}

void add_second_looks(const Tracks& tracks,
                      const std::set<TrackKey>& planned,
                      const LastAsked& asked,
                      const ConfirmRules& rules,
                      base::SystemTime now,
                      Requests& requests) {
    for (const TrackKey& key : planned) {
        const Track* const track = find_track(tracks, key);
        if (track == nullptr || !track->candidate) {
            continue;
        }
        const bool login = key.check == Check::ews_login || key.check == Check::owa_login;
        if (!gate_is_open(tracks, key.subject.source, key.check) ||
            (login && !passed_last(tracks, key.subject.source, Check::tls_certificate))) {
            continue;
        }
        const base::SystemTime first = track->candidate->first.at;
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

void add_canaries(const Plan& plan,
                  const Tracks& tracks,
                  const std::set<TrackKey>& planned,
                  base::SystemTime now,
                  Requests& requests) {
    for (const SourcePlan& source : plan.sources) {
        for (const Subject& subject : canaries(plan, tracks, source.name, now)) {
            for (const Way way : {Way::impersonation, Way::full_access}) {
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
    for (const SourcePlan& source : plan.sources) { // negative canaries that are too many for canaries
        for (const std::string& address : source.must_not_open) {
            add({Check::mailbox_impersonation, Subject::of_mailbox(source.name, address)},
                plan.schedule.sweep_interval);
        }
    }
    for (const Batch& batch : plan.batches) {
        if (state_of(plan.schedule, batch, now) != BatchState::planned) {
            continue; // while it moves: source checks and canaries only
        }
        const base::Duration interval = sweep_cadence(plan.schedule, batch.window, now);
        for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
            const Subject subject = Subject::of_mailbox(batch.source, batch.list.mailboxes[i].address);
            for (const Way way : required_ways(batch, i, plan.schedule)) {
                add({check_of(way), subject}, interval);
            }
        }
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
    return passed_last(tracks, source, Check::tls_certificate) &&
           passed_last(tracks, source, check == Check::mailbox_owa ? Check::owa_login : Check::ews_login);
}

std::vector<CheckRequest> due(const Plan& plan, const Tracks& tracks, const LastAsked& asked, base::SystemTime now) {
    Requests requests(tracks, asked, now);
    const std::set<TrackKey> planned = planned_keys(plan);
    for (const SourcePlan& source : plan.sources) {
        add_source_checks(plan, source, tracks, now, requests);
    }
    add_second_looks(tracks, planned, asked, confirm_rules(plan, now), now, requests);
    add_canaries(plan, tracks, planned, now, requests);
    add_sweeps(plan, tracks, now, requests);
    return requests.take();
}

ConfirmRules confirm_rules(const Plan& plan, base::SystemTime now) {
    ConfirmRules rules;
    rules.confirm_after = plan.schedule.confirm_after;
    for (const Batch& batch : plan.batches) {
        if (batch.window && batch.window->start - now <= std::chrono::hours(4) && now < batch.window->end) {
            for (const ListedMailbox& mailbox : batch.list.mailboxes) {
                rules.sooner[Subject::of_mailbox(batch.source, mailbox.address)] = plan.schedule.confirm_after_4h;
            }
        }
    }
    return rules;
}

} // namespace mailpreflight::core
