#include "core/due.hpp"

#include "core/drift.hpp"
#include "core/readiness.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

const Track* find(const Tracks& tracks, const TrackKey& key) {
    const auto found = tracks.find(key);
    return found == tracks.end() ? nullptr : &found->second;
}

/// Newer of the last look and the last time it was asked for.
std::optional<base::SystemTime> last_time(const Tracks& tracks, const LastAsked& asked, const TrackKey& key) {
    std::optional<base::SystemTime> last;
    if (const Track* const track = find(tracks, key); track != nullptr && track->latest) {
        last = track->latest->at;
    }
    const auto entry = asked.find(key);
    if (entry != asked.end() && (!last || entry->second > *last)) {
        last = entry->second;
    }
    return last;
}

/// A last time in the future is a clock that was set back: due at once rather than silent until then.
bool is_due(const std::optional<base::SystemTime>& last, base::Duration interval, base::SystemTime now) {
    return !last || *last > now || now - *last >= interval;
}

constexpr base::Duration longest_interval = std::chrono::hours(24 * 3660);
// A source that did not answer well is looked at again this soon: its mailboxes wait behind it.
constexpr base::Duration source_retry = std::chrono::seconds(60);

class Requests {
public:
    Requests(const Tracks& tracks, const LastAsked& asked, base::SystemTime now) :
        tracks_(tracks),
        asked_(asked),
        now_(now) {
    }

    /// The first request of a key stands: priorities are walked from the highest down. What was not found out, and a
    /// source that did not answer well, is asked again after `retry` already.
    void add_if_due(const TrackKey& key, Priority priority, base::Duration interval,
                    std::optional<base::SystemTime> connection_after = std::nullopt,
                    base::Duration retry = longest_interval) {
        const Track* const track = find(tracks_, key);
        const bool settled = track == nullptr || !track->latest || is_definite(*track->latest);
        const bool failing_source = !settled || (track != nullptr && track->latest && !is_about_mailbox(key.check) &&
                                                 track->latest->state == State::fail);
        if (!settled || failing_source) {
            interval = std::min(interval, retry);
        }
        if (!taken_.contains(key) && is_due(last_time(tracks_, asked_, key), interval, now_)) {
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
    const Track* const track = find(tracks, {check, Subject::of_source(source)});
    return track != nullptr && track->latest &&
           (track->latest->state == State::pass || track->latest->state == State::warn);
}

void add_source_checks(const Plan& plan, const SourcePlan& source, const Tracks& tracks, base::SystemTime now, Requests& requests) {
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

void add_second_looks(const Tracks& tracks, const std::set<TrackKey>& planned, const LastAsked& asked,
                      const ConfirmRules& rules, base::SystemTime now, Requests& requests) {
    for (const TrackKey& key : planned) {
        const Track* const track = find(tracks, key);
        if (track == nullptr || !track->candidate) {
            continue;
        }
        if (is_about_mailbox(key.check) && !gate_is_open(tracks, key.subject.source, key.check)) {
            continue;
        }
        const base::SystemTime first = track->candidate->first.at;
        const auto sooner = rules.sooner.find(key.subject);
        const base::Duration wait =
            sooner == rules.sooner.end() ? rules.confirm_after : std::min(rules.confirm_after, sooner->second);
        const auto entry = asked.find(key);
        const bool asked_since = entry != asked.end() && entry->second >= first + wait && entry->second <= now &&
                                 now - entry->second < wait;
        if (now - first >= wait && !asked_since) {
            requests.add_if_due(key, Priority::second_look, base::Duration::zero(), first);
        }
    }
}

std::string domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string(address) : std::string(address.substr(at + 1));
}

/// What a canary stands for: its database where the list tells it, else its domain.
std::string group_of(const ListedMailbox& mailbox) {
    const auto label = mailbox.labels.find("Database");
    return label == mailbox.labels.end() ? domain_of(mailbox.address) : label->second;
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

std::vector<Subject> canaries(const Plan& plan, const Tracks& tracks, const std::string& source) {
    const auto most = static_cast<std::size_t>(plan.schedule.most_canaries);
    std::vector<Subject> chosen;
    std::set<std::string> groups;
    const auto choose = [&](const std::string& address) {
        const Subject subject = Subject::of_mailbox(source, address);
        if (chosen.size() < most && std::find(chosen.begin(), chosen.end(), subject) == chosen.end()) {
            chosen.push_back(subject);
        }
    };
    for (const SourcePlan& planned : plan.sources) {
        if (planned.name == source) {
            std::for_each(planned.must_not_open.begin(), planned.must_not_open.end(), choose);
        }
    }
    for (const Batch& batch : plan.batches) {
        for (const ListedMailbox& mailbox : batch.list.mailboxes) {
            // A canary is there to fall silent: one that fails already tells nothing.
            const Track* const track = batch.prove.empty() ? nullptr
                                                           : find(tracks,
                                                                  {check_of(batch.prove.front()),
                                                                   Subject::of_mailbox(source, mailbox.address)});
            const bool fails = track != nullptr && track->confirmed && track->confirmed->state == State::fail;
            if (batch.source == source && !fails && groups.insert(group_of(mailbox)).second) {
                choose(mailbox.address);
            }
        }
    }
    return chosen;
}

std::vector<CheckRequest> due(const Plan& plan, const Tracks& tracks, const LastAsked& asked, base::SystemTime now) {
    Requests requests(tracks, asked, now);
    const std::set<TrackKey> planned = planned_keys(plan);
    for (const SourcePlan& source : plan.sources) {
        add_source_checks(plan, source, tracks, now, requests);
    }
    add_second_looks(tracks, planned, asked, confirm_rules(plan, now), now, requests);
    for (const SourcePlan& source : plan.sources) {
        for (const Subject& subject : canaries(plan, tracks, source.name)) {
            for (const Way way : {Way::impersonation, Way::full_access}) {
                const TrackKey key{check_of(way), subject};
                if (planned.contains(key) && gate_is_open(tracks, source.name, key.check)) {
                    requests.add_if_due(
                        key, Priority::canary, plan.schedule.canary_interval, std::nullopt, plan.schedule.confirm_after);
                }
            }
        }
    }
    for (const Batch& batch : plan.batches) {
        if (state_of(plan.schedule, batch, now) != BatchState::planned) {
            continue; // while it moves: source checks and canaries only
        }
        const base::Duration interval = sweep_interval(plan.schedule, batch.window, now);
        for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
            const Subject subject = Subject::of_mailbox(batch.source, batch.list.mailboxes[i].address);
            for (const Way way : required_ways(batch, i, plan.schedule)) {
                if (gate_is_open(tracks, batch.source, check_of(way))) {
                    requests.add_if_due({check_of(way), subject},
                                        Priority::sweep,
                                        interval,
                                        std::nullopt,
                                        plan.schedule.confirm_after);
                }
            }
        }
    }
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
