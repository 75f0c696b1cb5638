#include "base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

namespace mailpreflight::base {

SystemTime RealClock::now() const {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

SteadyTime RealClock::steady_now() const {
    return std::chrono::steady_clock::now();
}

SimulatedClock::SimulatedClock(SystemTime start) :
    now_(start),
    steady_(std::chrono::steady_clock::time_point(std::chrono::hours(1))) {}

SystemTime SimulatedClock::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

SteadyTime SimulatedClock::steady_now() const {
    const std::lock_guard lock(mutex_);
    return steady_;
}

void SimulatedClock::advance(Duration by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
    steady_ += by;
}

void SimulatedClock::set(SystemTime now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
}

std::string to_rfc3339(SystemTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<milliseconds>(time - day));
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                       static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()),
                       clock.hours().count(),
                       clock.minutes().count(),
                       clock.seconds().count(),
                       clock.subseconds().count());
}

namespace {

/// Reads exactly `width` digits at `at`; nothing else is accepted.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t width) {
    if (at + width > text.size()) {
        return std::nullopt;
    }
    int value = 0;
    const char* const begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + width, value);
    if (error != std::errc() || end != begin + width || *begin == '-') {
        return std::nullopt;
    }
    return value;
}

} // namespace

Result<SystemTime> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    const auto refuse = [&] {
        return failure(ErrorCode::parse, "expected an RFC 3339 time such as 2026-12-05T22:00:00Z", std::string(text));
    };
    const auto year_part = digits(text, 0, 4);
    const auto month_part = digits(text, 5, 2);
    const auto day_part = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!year_part || !month_part || !day_part || !hour || !minute || !second || text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':') {
        return refuse();
    }
    const year_month_day date(
        year(*year_part), month(static_cast<unsigned>(*month_part)), day(static_cast<unsigned>(*day_part)));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
        return refuse();
    }
    std::size_t at = 19;
    Duration fraction{0};
    if (at < text.size() && text[at] == '.') {
        if (!digits(text, at + 1, 1)) {
            return refuse();
        }
        std::int64_t scale = 100'000;
        for (++at; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0; ++at) {
            fraction += Duration((text[at] - '0') * scale);
            scale /= 10;
        }
    }
    Duration offset{0};
    if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
        ++at;
    } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        const auto offset_hour = digits(text, at + 1, 2);
        const auto offset_minute = digits(text, at + 4, 2);
        if (!offset_hour || !offset_minute || text[at + 3] != ':' || *offset_hour > 23 || *offset_minute > 59) {
            return refuse();
        }
        offset = hours(*offset_hour) + minutes(*offset_minute);
        if (text[at] == '-') {
            offset = -offset;
        }
        at += 6;
    } else {
        return refuse();
    }
    if (at != text.size()) {
        return refuse();
    }
    return SystemTime(sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) + fraction - offset;
}

namespace {

struct Unit {
    std::string_view name;
    Duration length;
};

using namespace std::chrono_literals;

// Longest first; the first name of each length is the one that to_text writes.
constexpr std::array units{
    Unit{"d", 24h},
    Unit{"h", 1h},
    Unit{"m", 1min},
    Unit{"s", 1s},
    Unit{"ms", 1ms},
    Unit{"us", 1us},
    Unit{"day", 24h},
    Unit{"days", 24h},
    Unit{"hour", 1h},
    Unit{"hours", 1h},
    Unit{"min", 1min},
    Unit{"minute", 1min},
    Unit{"minutes", 1min},
    Unit{"sec", 1s},
    Unit{"second", 1s},
    Unit{"seconds", 1s},
};

} // namespace

std::string to_text(Duration duration) {
    if (duration == Duration::zero()) {
        return "0s";
    }
    std::string text;
    if (duration < Duration::zero()) {
        text = "-";
        duration = -duration;
    }
    for (std::size_t i = 0; i < 6; ++i) {
        const auto count = duration / units[i].length;
        if (count > 0) {
            text += fmt::format("{}{}", count, units[i].name);
            duration -= units[i].length * count;
        }
    }
    return text;
}

Result<Duration> parse_duration(std::string_view text) {
    const auto refuse = [&] {
        return failure(
            ErrorCode::parse, "expected a duration with its unit such as 90s, 15m or 1h30m", std::string(text));
    };
    Duration total{0};
    bool any = false;
    std::size_t at = 0;
    const auto skip_blanks = [&] {
        while (at < text.size() && text[at] == ' ') {
            ++at;
        }
    };
    for (skip_blanks(); at < text.size(); skip_blanks()) {
        std::int64_t count = 0;
        const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), count);
        if (error != std::errc() || count < 0) {
            return refuse();
        }
        at = static_cast<std::size_t>(end - text.data());
        skip_blanks();
        const std::size_t start = at;
        while (at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) != 0) {
            ++at;
        }
        const std::string_view name = text.substr(start, at - start);
        const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
        constexpr Duration longest = std::chrono::hours(24 * 3660);
        if (unit == units.end() || count > (longest - total) / unit->length) {
            return refuse();
        }
        total += unit->length * count;
        any = true;
    }
    if (!any) {
        return refuse();
    }
    return total;
}

} // namespace mailpreflight::base
