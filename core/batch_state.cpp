#include "core/batch_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

constexpr base::Duration days_before = std::chrono::hours(72);
constexpr base::Duration hours_before = std::chrono::hours(4);

base::Duration one_and_a_half(base::Duration interval) {
    return interval * 3 / 2;
}

/// A pace of sweeps: its interval, and how long before the window it is asked for.
struct Pace {
    base::Duration interval;
    base::Duration before_window;
};

/// Quickest first. Each begins early enough that no look is too old where the time of its own begins.
std::array<Pace, 2> quicker_paces(const Schedule& schedule) {
    const base::Duration hourly = std::min(schedule.sweep_interval, schedule.sweep_interval_4h);
    const base::Duration six_hourly = std::min(schedule.sweep_interval, schedule.sweep_interval_72h);
    return {Pace{hourly, hours_before + one_and_a_half(hourly)},
            Pace{six_hourly, days_before + one_and_a_half(six_hourly)}};
}

/// All that the pace of a batch follows from but the time.
std::string pace_text(const Schedule& schedule, const Batch& batch) {
    return fmt::format("{} {} {} {}",
                       batch.window ? base::to_rfc3339(batch.window->start) : "none",
                       schedule.sweep_interval.count(),
                       schedule.sweep_interval_72h.count(),
                       schedule.sweep_interval_4h.count());
}

base::Duration age_allowed(const Schedule& schedule,
                           const std::optional<Window>& window,
                           const BatchRecord& record,
                           base::SystemTime now) {
    if (window) {
        // Of a window that has begun, what held at its start holds on.
        const base::SystemTime at = std::min(now, window->start);
        for (const Pace& pace : quicker_paces(schedule)) {
            const base::SystemTime began = std::max(window->start - pace.before_window, record.paced_since);
            if (at >= began + one_and_a_half(pace.interval)) {
                return one_and_a_half(pace.interval);
            }
        }
    }
    const base::Duration usual = one_and_a_half(schedule.sweep_interval);
    return now < record.paced_since + usual ? std::max(usual, record.age_before) : usual;
}

bool was_said_done(const Batch& batch) {
    // Said of an earlier window, it says nothing of a later one.
    return batch.record.forgotten_at ||
           (batch.record.done_at && (!batch.window || *batch.record.done_at >= batch.window->start));
}

} // namespace

std::string_view name_of(BatchState state) {
    switch (state) {
    case BatchState::planned:
        return "planned";
    case BatchState::frozen:
        return "frozen";
    case BatchState::moving:
        return "moving";
    case BatchState::done:
        return "done";
    }
    throw std::logic_error("no such batch state");
}

std::optional<BatchState> batch_state_named(std::string_view name) {
    for (const BatchState state : {BatchState::planned, BatchState::frozen, BatchState::moving, BatchState::done}) {
        if (name_of(state) == name) {
            return state;
        }
    }
    return std::nullopt;
}

BatchState state_of(const Schedule& schedule, const Batch& batch, base::SystemTime now) {
    if (was_said_done(batch)) {
        return BatchState::done;
    }
    if (!batch.window || now < batch.window->start - schedule.freeze) {
        return BatchState::planned;
    }
    if (now < batch.window->start) {
        return BatchState::frozen;
    }
    return now < batch.window->end + schedule.moving_grace ? BatchState::moving : BatchState::done;
}

bool is_waiting(BatchState state) {
    return state == BatchState::planned || state == BatchState::frozen;
}

std::optional<base::SystemTime> done_since(const Schedule& schedule, const Batch& batch, base::SystemTime now) {
    if (state_of(schedule, batch, now) != BatchState::done) {
        return std::nullopt;
    }
    if (batch.record.done_at && was_said_done(batch)) {
        return batch.record.done_at;
    }
    return batch.window ? batch.window->end + schedule.moving_grace : batch.record.forgotten_at;
}

std::optional<std::string> held_by(const Plan& plan, const std::string& source, base::SystemTime now) {
    if (plan.schedule.during_window != DuringWindow::canaries) {
        return std::nullopt;
    }
    const auto moving = std::find_if(plan.batches.begin(), plan.batches.end(), [&](const Batch& batch) {
        return batch.source == source && state_of(plan.schedule, batch, now) == BatchState::moving;
    });
    return moving == plan.batches.end() ? std::nullopt : std::optional(moving->name);
}

std::set<Subject> left_behind(const Plan& plan, base::SystemTime now) {
    const bool none = std::none_of(plan.batches.begin(), plan.batches.end(), [&](const Batch& batch) {
        return state_of(plan.schedule, batch, now) == BatchState::done;
    });
    if (none) {
        return {};
    }
    std::set<Subject> done;
    std::set<Subject> others;
    for (const Batch& batch : plan.batches) {
        auto& mailboxes = state_of(plan.schedule, batch, now) == BatchState::done ? done : others;
        for (const ListedMailbox& mailbox : batch.list.mailboxes) {
            mailboxes.insert(Subject::of_mailbox(batch.source, mailbox.address));
        }
    }
    std::erase_if(done, [&](const Subject& subject) { return others.contains(subject); });
    return done;
}

base::Duration sweep_cadence(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now) {
    if (window && now < window->end) {
        for (const Pace& pace : quicker_paces(schedule)) {
            if (now >= window->start - pace.before_window) {
                return pace.interval;
            }
        }
    }
    return schedule.sweep_interval;
}

std::vector<base::SystemTime> quicker_from(const Schedule& schedule, const Window& window) {
    std::vector<base::SystemTime> moments;
    for (const Pace& pace : quicker_paces(schedule)) {
        moments.insert(moments.begin(), window.start - pace.before_window);
    }
    return moments;
}

base::Duration max_age(const Schedule& schedule, const Batch& batch, base::SystemTime now) {
    return age_allowed(schedule, batch.window, batch.record, now);
}

base::SystemTime ages_judged_at(const Schedule& schedule, const Batch& batch, base::SystemTime now) {
    const bool waits = is_waiting(state_of(schedule, batch, now));
    return batch.window && !waits ? std::min(now, batch.window->start) : now;
}

BatchRecord noting_pace(const Schedule& schedule, const Batch& batch, base::SystemTime now) {
    BatchRecord record = batch.record;
    std::string pace = pace_text(schedule, batch);
    if (record.pace != pace) {
        // The first pace of a batch changes nothing: before it there was none.
        record.paced_since = record.pace.empty() ? base::SystemTime{} : now;
        record.age_before = record.age;
        record.pace = std::move(pace);
    }
    record.paced_since = std::min(record.paced_since, now); // the clock was set back
    record.age = age_allowed(schedule, batch.window, record, now);
    return record;
}

base::SystemTime end_of(const Exception& exception, const Batch& batch) {
    base::SystemTime end =
        exception.withdrawn_at ? std::min(exception.until, *exception.withdrawn_at) : exception.until;
    return batch.window ? std::min(end, batch.window->end) : end;
}

std::vector<const Exception*> exceptions_in_force(const Batch& batch, base::SystemTime now) {
    std::map<std::string_view, const Exception*> last;
    for (const Exception& exception : batch.record.exceptions) {
        last[exception.address] = &exception;
    }
    std::vector<const Exception*> in_force;
    for (const auto& [address, exception] : last) {
        if (now < end_of(*exception, batch)) {
            in_force.push_back(exception);
        }
    }
    return in_force;
}

} // namespace mailpreflight::core
