#pragma once

#include "base/clock.hpp"

#include <optional>
#include <utility>

namespace mailpreflight::base {

/// Tells a wall clock that leapt (set by hand, a first step of NTP, a machine that slept) from one that ran, by the
/// steady clock beside it. One thread at a time.
class ClockWatch {
public:
    /// Less is slewing and the time between reading the two clocks.
    static constexpr Duration tolerance = std::chrono::minutes(1);

    /// How far the wall clock has leapt since the call before; empty when it ran like the steady one.
    std::optional<Duration> leap(const Clock& clock) {
        SteadyTime steady;
        SystemTime now;
        do { // time that passes between the two readings is no leap
            steady = clock.steady_now();
            now = clock.now();
        } while (clock.steady_now() - steady > tolerance / 2);
        const auto before = std::exchange(before_, std::pair(now, steady));
        if (!before) {
            return std::nullopt;
        }
        const Duration leapt = (now - before->first) - std::chrono::duration_cast<Duration>(steady - before->second);
        return leapt > tolerance || leapt < -tolerance ? std::optional(leapt) : std::nullopt;
    }

private:
    std::optional<std::pair<SystemTime, SteadyTime>> before_;
};

} // namespace mailpreflight::base
