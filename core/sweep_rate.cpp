#include "core/sweep_rate.hpp"

#include "core/batch_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mailpreflight::core {

namespace {

double seconds(base::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

double permitted_rate(const Plan& plan, const std::string& source) {
    const auto found = std::find_if(
        plan.sources.begin(), plan.sources.end(), [&](const SourcePlan& planned) { return planned.name == source; });
    return found == plan.sources.end() ? 0 : found->requests_per_second;
}

/// What the sweeps over the batch ask for, a second.
double load_of(const Schedule& schedule, const Batch& batch, base::SystemTime at) {
    const double interval = seconds(sweep_cadence(schedule, batch.window, at));
    return interval > 0 ? static_cast<double>(requests_of_sweep(batch, schedule)) / interval : 0;
}

} // namespace

std::size_t requests_of_sweep(const Batch& batch, const Schedule& schedule) {
    // Explicit logon is asked of the first owa_sample mailboxes; within them, and behind them, all are asked alike.
    const std::size_t mailboxes = batch.list.mailboxes.size();
    const std::size_t sampled = std::min(mailboxes, static_cast<std::size_t>(schedule.owa_sample));
    return sampled * required_ways(batch, 0, schedule).size() +
           (mailboxes - sampled) * required_ways(batch, sampled, schedule).size();
}

std::optional<SlowSweep> slow_sweep(const Plan& plan, const Batch& batch, base::SystemTime at) {
    const double permitted = permitted_rate(plan, batch.source);
    if (permitted <= 0 || batch.list.mailboxes.empty() || held_by(plan, batch.source, at)) {
        return std::nullopt;
    }
    double needed = 0;
    for (const Batch& other : plan.batches) {
        if (other.source == batch.source && state_of(plan.schedule, other, at) != BatchState::done) {
            needed += load_of(plan.schedule, other, at);
        }
    }
    if (needed <= permitted) {
        return std::nullopt;
    }
    return SlowSweep{at,
                     requests_of_sweep(batch, plan.schedule),
                     permitted,
                     std::ceil(needed * 10) / 10,
                     sweep_cadence(plan.schedule, batch.window, at),
                     load_of(plan.schedule, batch, at) <= permitted};
}

std::optional<SlowSweep> slow_sweep_ahead(const Plan& plan, const Batch& batch, base::SystemTime now) {
    std::vector<base::SystemTime> moments{now};
    for (const Batch& other : plan.batches) {
        if (batch.window && other.window && other.source == batch.source) {
            for (const base::SystemTime moment : quicker_from(plan.schedule, *other.window)) {
                if (now < moment && moment < batch.window->start) {
                    moments.push_back(moment);
                }
            }
        }
    }
    std::sort(moments.begin(), moments.end());
    for (const base::SystemTime moment : moments) {
        if (auto slow = slow_sweep(plan, batch, moment)) {
            return slow;
        }
    }
    return std::nullopt;
}

std::optional<base::SystemTime> last_sweep_begins(const Plan& plan, const Batch& batch) {
    if (!batch.window) {
        return std::nullopt;
    }
    constexpr base::Duration shortest = std::chrono::minutes(5);
    const double permitted = permitted_rate(plan, batch.source);
    const double lasts =
        permitted > 0 ? static_cast<double>(requests_of_sweep(batch, plan.schedule)) / permitted * 1.25 : 0;
    const auto whole = std::chrono::seconds(static_cast<std::int64_t>(std::ceil(lasts)));
    return batch.window->start - std::max<base::Duration>(shortest, whole);
}

base::Duration sweep_interval(const Plan& plan, const Batch& batch, base::SystemTime now) {
    const base::Duration interval = sweep_cadence(plan.schedule, batch.window, now);
    const auto last = last_sweep_begins(plan, batch);
    return last && *last <= now && now < batch.window->start ? std::min(interval, now - *last) : interval;
}

std::string words_for(const SlowSweep& slow) {
    const auto takes =
        std::chrono::seconds(static_cast<std::int64_t>(static_cast<double>(slow.requests) / slow.permitted));
    const std::string sweep = fmt::format(
        "{} requests a sweep at {:g} per second take {}", slow.requests, slow.permitted, base::to_text(takes));
    const std::string interval = base::to_text(slow.interval);
    return slow.beside_others
               ? fmt::format("{} of {}, and other batches of the source are swept over beside it: "
                             "requests_per_second = {:g} is needed",
                             sweep,
                             interval,
                             slow.needed)
               : fmt::format("{}, longer than {}: requests_per_second = {:g} is needed", sweep, interval, slow.needed);
}

} // namespace mailpreflight::core
