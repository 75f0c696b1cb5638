#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace mailpreflight::base {

/// A moment that is stored, shown and judged: UTC, microseconds.
using SystemTime = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;
/// A moment that only deadlines and budgets use; never stored.
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where schedule, judgement, budgets, back-off, guard and retention get the time from. Socket deadlines are always
/// real (std::chrono::steady_clock). Safe to call from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SystemTime now() const = 0;
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
};

class RealClock final : public Clock {
public:
    [[nodiscard]] SystemTime now() const override;
    [[nodiscard]] SteadyTime steady_now() const override;
};

/// A clock that stands still until it is moved; both faces move together, set() moves the wall clock alone.
class SimulatedClock final : public Clock {
public:
    explicit SimulatedClock(SystemTime start);
    [[nodiscard]] SystemTime now() const override;
    [[nodiscard]] SteadyTime steady_now() const override;
    void advance(Duration by);
    void set(SystemTime now); ///< a clock jump: the wall clock changes, the steady one does not

private:
    mutable std::mutex mutex_;
    SystemTime now_;
    SteadyTime steady_;
};

/// RFC 3339 in UTC with milliseconds and Z: "2026-12-05T22:00:00.000Z".
std::string to_rfc3339(SystemTime time);
/// Reads RFC 3339 with any offset; fractions down to the microsecond.
Result<SystemTime> parse_rfc3339(std::string_view text);
/// "90s", "15m", "1h30m", "2d", "250ms": what people write for a duration; shortest exact form.
std::string to_text(Duration duration);
/// Reads what to_text writes, and "15 min", "60 minutes". A bare number is refused: the unit is missing.
Result<Duration> parse_duration(std::string_view text);

} // namespace mailpreflight::base
