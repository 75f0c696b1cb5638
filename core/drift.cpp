#include "core/drift.hpp"

#include "core/readiness.hpp"

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

bool is_good(State state) {
    return state == State::pass || state == State::warn;
}

std::map<std::string, std::string> judged_only(const Observation& observation) {
    std::map<std::string, std::string> facts;
    for (const std::string& name : judged_facts(observation.key.check)) {
        const auto fact = observation.facts.find(name);
        if (fact != observation.facts.end()) {
            facts.insert(*fact);
        }
    }
    return facts;
}

bool facts_differ(const BaselineEntry& before, const Observation& after) {
    return std::any_of(before.facts.begin(), before.facts.end(), [&](const auto& fact) {
        const auto now = after.facts.find(fact.first);
        return now != after.facts.end() && now->second != fact.second;
    });
}

/// What a changed fact of a passing check is called.
Cause cause_of_changed_fact(Check check) {
    switch (check) {
    case Check::tls_certificate:
        return Cause::certificate_changed;
    case Check::server_version:
        return Cause::server_build_changed;
    case Check::mailbox_impersonation:
    case Check::mailbox_full_access:
    case Check::mailbox_owa:
        return Cause::mailbox_recreated;
    case Check::source_dns:
    case Check::source_tcp:
    case Check::ews_login:
    case Check::owa_login:
    case Check::source_watch:
        break;
    }
    throw std::logic_error("this check has no judged facts");
}

/// The difference between an entry and what is believed, if it is news.
std::optional<std::pair<Direction, Cause>> difference(const BaselineEntry& before, const Observation& after) {
    const bool was_good = is_good(before.state);
    const bool is_good_now = is_good(after.state);
    if (was_good && !is_good_now) {
        return std::pair(Direction::lost, after.cause);
    }
    if (!was_good && is_good_now) {
        return std::pair(Direction::gained, before.cause);
    }
    if (!was_good) {
        return before.cause == after.cause ? std::nullopt : std::optional(std::pair(Direction::changed, after.cause));
    }
    if (facts_differ(before, after)) {
        return std::pair(Direction::changed, cause_of_changed_fact(after.key.check));
    }
    if (after.state == State::warn && before.cause != after.cause) {
        return std::pair(Direction::changed, after.cause);
    }
    return std::nullopt;
}

BaselineEntry entry_of(const Observation& believed, base::SystemTime at) {
    BaselineEntry entry;
    entry.state = believed.state;
    entry.cause = believed.cause;
    entry.facts = judged_only(believed);
    entry.at = at;
    return entry;
}

bool is_progress(const Drift& drift) {
    return drift.direction != Direction::gained &&
           (drift.cause == Cause::mailbox_moved || drift.cause == Cause::mailbox_missing ||
            drift.cause == Cause::mailbox_not_found_here || drift.cause == Cause::mailbox_disabled);
}

std::set<Subject> moving_mailboxes(const Plan& plan, base::SystemTime now) {
    std::set<Subject> mailboxes;
    for (const Batch& batch : plan.batches) {
        if (state_of(plan.schedule, batch, now) != BatchState::planned) {
            for (const ListedMailbox& mailbox : batch.list.mailboxes) {
                mailboxes.insert(Subject::of_mailbox(batch.source, mailbox.address));
            }
        }
    }
    return mailboxes;
}

void add_source_checks(const SourcePlan& source, std::set<TrackKey>& keys) {
    const Subject subject = Subject::of_source(source.name);
    for (const Check check : {Check::source_dns, Check::source_tcp, Check::tls_certificate, Check::source_watch}) {
        keys.insert({check, subject});
    }
    if (source.has_ews) {
        keys.insert({Check::ews_login, subject});
        keys.insert({Check::server_version, subject});
    }
    if (source.has_owa) {
        keys.insert({Check::owa_login, subject});
    }
    for (const std::string& address : source.must_not_open) {
        keys.insert({Check::mailbox_impersonation, Subject::of_mailbox(source.name, address)});
    }
}

} // namespace

std::string_view name_of(Direction direction) {
    switch (direction) {
    case Direction::lost:
        return "lost";
    case Direction::gained:
        return "gained";
    case Direction::changed:
        return "changed";
    }
    throw std::logic_error("no such direction");
}

std::optional<Direction> direction_named(std::string_view name) {
    for (const Direction direction : {Direction::lost, Direction::gained, Direction::changed}) {
        if (name_of(direction) == name) {
            return direction;
        }
    }
    return std::nullopt;
}

std::set<TrackKey> planned_keys(const Plan& plan) {
    std::set<TrackKey> keys;
    for (const SourcePlan& source : plan.sources) {
        add_source_checks(source, keys);
    }
    for (const Batch& batch : plan.batches) {
        for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
            for (const Way way : required_ways(batch, i, plan.schedule)) {
                keys.insert({check_of(way), Subject::of_mailbox(batch.source, batch.list.mailboxes[i].address)});
            }
        }
    }
    return keys;
}

bool must_not_open(const Plan& plan, const Subject& subject) {
    if (subject.kind != SubjectKind::mailbox) {
        return false;
    }
    const auto source = std::find_if(
        plan.sources.begin(), plan.sources.end(), [&](const SourcePlan& s) { return s.name == subject.source; });
    return source != plan.sources.end() &&
           std::find(source->must_not_open.begin(), source->must_not_open.end(), subject.name) !=
               source->must_not_open.end();
}

std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks) {
    std::vector<Drift> drift;
    for (const TrackKey& key : planned_keys(plan)) {
        const auto track = tracks.find(key);
        if (track == tracks.end() || !track->second.confirmed) {
            continue;
        }
        const Observation& after = *track->second.confirmed;
        const base::SystemTime first_seen = track->second.confirmed_since.value_or(after.at);
        const auto add = [&](Direction direction, Cause cause, const BaselineEntry& before) {
            drift.push_back({key, direction, cause, before, after, first_seen, track->second.last_good});
        };
        if (must_not_open(plan, key.subject)) {
            if (is_good(after.state)) {
                BaselineEntry closed;
                closed.state = State::fail;
                closed.cause = Cause::impersonation_denied;
                add(Direction::gained, Cause::right_gained, closed);
            }
            continue;
        }
        const auto entry = baseline.find(key);
        if (entry == baseline.end() && is_about_mailbox(key.check)) {
            continue;
        }
        const BaselineEntry before = entry == baseline.end() ? BaselineEntry{} : entry->second;
        if (const auto news = difference(before, after)) {
            add(news->first, news->second, before);
        }
    }
    return drift;
}

std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks, base::SystemTime now) {
    std::vector<Drift> drift = compare(plan, baseline, tracks);
    const std::set<Subject> moving = moving_mailboxes(plan, now);
    std::erase_if(drift, [&](const Drift& one) { return is_progress(one) && moving.contains(one.key.subject); });
    return drift;
}

Baseline adopt(const Plan& plan, Baseline baseline, const Tracks& tracks) {
    for (const TrackKey& key : planned_keys(plan)) {
        const auto track = tracks.find(key);
        if (track == tracks.end() || !track->second.confirmed || must_not_open(plan, key.subject)) {
            continue;
        }
        const Observation& believed = *track->second.confirmed;
        const auto entry = baseline.find(key);
        if (entry == baseline.end()) {
            if (is_about_mailbox(key.check) || is_good(believed.state)) {
                baseline.emplace(key, entry_of(believed, track->second.confirmed_since.value_or(believed.at)));
            }
        } else if (entry->second.provisional && !is_good(entry->second.state) &&
                   (is_good(believed.state) || believed.cause != entry->second.cause)) {
            entry->second = entry_of(believed, track->second.confirmed_since.value_or(believed.at));
        }
    }
    return baseline;
}

Acceptance accept(const Plan& plan,
                  Baseline baseline,
                  const Tracks& tracks,
                  const std::string& source,
                  const std::set<Subject>& only,
                  const std::string& who,
                  const std::string& reason,
                  base::Duration max_age,
                  base::SystemTime now) {
    Acceptance acceptance;
    for (const TrackKey& key : planned_keys(plan)) {
        if (key.subject.source != source || key.check == Check::source_watch || must_not_open(plan, key.subject) ||
            (!only.empty() && !only.contains(key.subject))) {
            continue;
        }
        const auto track = tracks.find(key);
        if (track == tracks.end() || !track->second.confirmed || !track->second.definite ||
            now - track->second.definite->at > max_age) {
            acceptance.too_old.push_back(key);
            continue;
        }
        BaselineEntry entry = entry_of(*track->second.confirmed, now);
        entry.provisional = false;
        entry.accepted_by = who;
        entry.reason = reason;
        baseline[key] = std::move(entry);
        ++acceptance.accepted;
    }
    const auto last_seen = [&](const TrackKey& key) {
        const auto track = tracks.find(key);
        return track == tracks.end() || !track->second.definite ? base::SystemTime::min() : track->second.definite->at;
    };
    std::stable_sort(acceptance.too_old.begin(), acceptance.too_old.end(), [&](const TrackKey& a, const TrackKey& b) {
        return last_seen(a) < last_seen(b);
    });
    acceptance.baseline = std::move(baseline);
    return acceptance;
}

} // namespace mailpreflight::core
