#include "core/acceptance.hpp"

#include "core/due.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::core {

namespace {

/// How often a check of a source is looked at by itself, whatever its sweeps; the look is no older unless it is late.
base::Duration own_pace(Check check, const Schedule& schedule) {
    if (is_about_mailbox(check)) {
        return base::Duration::zero();
    }
    return check == Check::tls_floor        ? schedule.tls_floor_interval
           : check == Check::source_address ? schedule.source_interval * address_rounds
                                            : std::max(schedule.source_interval, schedule.login_interval);
}

/// A fact that only one of them knows makes no difference.
bool says_the_same(const BaselineEntry& a, const BaselineEntry& b) {
    return a.state == b.state && a.cause == b.cause &&
           std::all_of(a.facts.begin(), a.facts.end(), [&](const auto& fact) {
               const auto other = b.facts.find(fact.first);
               return other == b.facts.end() || other->second == fact.second;
           });
}

std::set<TrackKey> drifted_by(const std::vector<Drift>& drift, Cause cause) {
    std::set<TrackKey> keys;
    for (const Drift& one : drift) {
        if (one.cause == cause) {
            keys.insert(one.key);
        }
    }
    return keys;
}

base::SystemTime last_seen(const Track* track) {
    return track == nullptr || !track->definite ? base::SystemTime::min() : track->definite->at;
}

} // namespace

BaselineComparison compare_with_baseline(const Plan& plan,
                                         const Baseline& baseline,
                                         const Tracks& tracks,
                                         const std::vector<Drift>& drift,
                                         const BaselineScope& scope,
                                         base::Duration max_age,
                                         base::SystemTime now) {
    const std::set<TrackKey> drifted = scope.cause ? drifted_by(drift, *scope.cause) : std::set<TrackKey>{};
    BaselineComparison comparison;
    for (const TrackKey& key : planned_keys(plan, tracks)) {
        if (key.subject.source != scope.source || is_concluded(key.check) || must_not_open(plan, key.subject) ||
            (!scope.subjects.empty() && !scope.subjects.contains(key.subject))) {
            continue;
        }
        const Track* const track = find_track(tracks, key);
        const bool is_believed = track != nullptr && track->confirmed;
        if (scope.cause && !drifted.contains(key) && !(is_believed && track->confirmed->cause == *scope.cause)) {
            continue;
        }
        if (!is_believed || !track->definite ||
            now - track->definite->at > std::max(max_age, own_pace(key.check, plan.schedule) * 3 / 2)) {
            comparison.too_old.push_back(key);
            continue;
        }
        const base::SystemTime since = track->confirmed_since.value_or(track->confirmed->at);
        BaselineEntry believed = entry_of(*track->confirmed, since);
        const auto before = baseline.find(key);
        if (before != baseline.end() && says_the_same(before->second, believed)) {
            comparison.same.push_back(key);
        } else {
            comparison.differences.push_back({key,
                                              before == baseline.end() ? std::nullopt : std::optional(before->second),
                                              std::move(believed),
                                              since});
        }
    }
    std::stable_sort(comparison.too_old.begin(), comparison.too_old.end(), [&](const TrackKey& a, const TrackKey& b) {
        return last_seen(find_track(tracks, a)) < last_seen(find_track(tracks, b));
    });
    return comparison;
}

Baseline accepted_entries(const BaselineComparison& comparison,
                          const Baseline& baseline,
                          const std::string& by,
                          const std::string& reason,
                          base::SystemTime now) {
    Baseline entries;
    const auto accept = [&](const TrackKey& key, BaselineEntry entry) {
        entry.provisional = false;
        entry.at = now;
        entry.accepted_by = by;
        entry.reason = reason;
        entries.emplace(key, std::move(entry));
    };
    for (const BaselineDifference& difference : comparison.differences) {
        accept(difference.key, difference.now);
    }
    for (const TrackKey& key : comparison.same) {
        accept(key, baseline.at(key));
    }
    return entries;
}

} // namespace mailpreflight::core
