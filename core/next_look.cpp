#include "core/next_look.hpp"

#include "core/batch_state.hpp"
#include "core/canary.hpp"
#include "core/drift.hpp"
#include "core/due.hpp"
#include "core/standing.hpp"
#include "core/sweep_rate.hpp"

#include <algorithm>
#include <vector>

namespace mailpreflight::core {

namespace {

void shorten(std::optional<base::Duration>& interval, base::Duration other) {
    interval = std::min(interval.value_or(other), other);
}

bool requires_it(const Plan& plan, const Batch& batch, const TrackKey& key) {
    for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
        if (batch.list.mailboxes[i].address == key.subject.name) {
            const std::vector<Way> ways = required_ways(batch, i, plan.schedule);
            return std::any_of(ways.begin(), ways.end(), [&](Way way) { return check_of(way) == key.check; });
        }
    }
    return false;
}

std::optional<base::Duration>
mailbox_interval(const Plan& plan, const Tracks& tracks, const TrackKey& key, base::SystemTime now) {
    if (!gate_is_open(tracks, key.subject.source, key.check)) {
        return std::nullopt;
    }
    std::optional<base::Duration> interval;
    bool planned = must_not_open(plan, key.subject);
    const bool held = held_by(plan, key.subject.source, now).has_value();
    if (planned && !held) {
        shorten(interval, plan.schedule.sweep_interval);
    }
    for (const Batch& batch : plan.batches) {
        if (batch.source == key.subject.source && requires_it(plan, batch, key) &&
            state_of(plan.schedule, batch, now) != BatchState::done) {
            planned = true;
            if (!held) {
                shorten(interval, sweep_interval(plan, batch, now));
            }
        }
    }
    const std::vector<Subject> often = canaries(plan, tracks, key.subject.source, now);
    if (planned && key.check != Check::mailbox_own_login &&
        std::find(often.begin(), often.end(), key.subject) != often.end()) {
        shorten(interval, plan.schedule.canary_interval);
    }
    return interval;
}

std::optional<base::Duration> source_interval(const Plan& plan, const Track* track, Check check) {
    if (is_concluded(check)) {
        return std::nullopt;
    }
    const base::Duration interval = interval_of(plan.schedule, check);
    const bool failing = track != nullptr && track->latest && !is_good(track->latest->state);
    return failing && check != Check::tls_floor ? std::min(interval, source_retry) : interval;
}

} // namespace

std::optional<base::SystemTime>
next_look(const Plan& plan, const Tracks& tracks, const TrackKey& key, base::SystemTime now) {
    const Track* const track = find_track(tracks, key);
    const auto interval = is_about_mailbox(key.check) ? mailbox_interval(plan, tracks, key, now)
                                                      : source_interval(plan, track, key.check);
    if (!interval) {
        return std::nullopt;
    }
    return track == nullptr || !track->latest ? now : std::max(now, track->latest->at + *interval);
}

} // namespace mailpreflight::core
