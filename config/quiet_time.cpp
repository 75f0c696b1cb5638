#include "config/quiet_time.hpp"

#include "base/text.hpp"
#include "config/local_time.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

namespace mailpreflight::config {

namespace {

using base::ErrorCode;
using base::failure;

constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr unsigned every_day = 0x7F;
constexpr int whole_day = 24 * 60;

std::optional<unsigned> day_named(std::string_view name) {
    for (unsigned day = 0; day < day_names.size(); ++day) {
        if (base::equals_ignoring_case(day_names[day], name)) {
            return day;
        }
    }
    return std::nullopt;
}

/// "Mon-Fri", "Fri-Mon", "Sat,Sun", "daily"
std::optional<unsigned> parse_days(std::string_view text) {
    if (base::equals_ignoring_case(text, "daily")) {
        return every_day;
    }
    unsigned days = 0;
    for (const std::string& part : base::split(text, ',')) {
        const auto ends = base::split(part, '-');
        const auto first = day_named(ends.front());
        const auto last = day_named(ends.back());
        if (!first || !last || ends.size() > 2) {
            return std::nullopt;
        }
        for (unsigned day = *first;; day = (day + 1) % 7) {
            days |= 1U << day;
            if (day == *last) {
                break;
            }
        }
    }
    return days;
}

std::optional<int> parse_minute(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || !digit(0) || !digit(1) || text[2] != ':' || !digit(3) || !digit(4)) {
        return std::nullopt;
    }
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (minute > 59 || hour * 60 + minute > whole_day) {
        return std::nullopt;
    }
    return hour * 60 + minute;
}

} // namespace

bool QuietTime::contains(base::SystemTime time) const {
    const LocalMinute now = local_minute(time, zone);
    const bool begins_today = (days >> now.weekday & 1U) != 0;
    if (start < end) {
        return begins_today && now.minute >= start && now.minute < end;
    }
    const bool began_yesterday = (days >> ((now.weekday + 6) % 7) & 1U) != 0;
    return (begins_today && now.minute >= start) || (began_yesterday && now.minute < end);
}

base::Result<QuietTime> parse_quiet_time(std::string_view text) {
    const auto refuse = [&] {
        return failure(ErrorCode::parse,
                       fmt::format("found \"{}\", expected days, times and a zone, such as \"Mon-Fri 08:00-10:00 "
                                   "America/Chicago\"",
                                   base::to_valid_utf8(base::shorten(text, 60))));
    };
    const std::string_view trimmed = base::trim(text);
    const std::size_t first = trimmed.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : trimmed.find(' ', first + 1);
    if (second == std::string_view::npos) {
        return refuse();
    }
    const auto days = parse_days(trimmed.substr(0, first));
    const auto times = base::split(trimmed.substr(first + 1, second - first - 1), '-');
    if (!days || times.size() != 2) {
        return refuse();
    }
    const auto start = parse_minute(times[0]);
    const auto end = parse_minute(times[1]);
    if (!start || !end || *start == whole_day) {
        return refuse();
    }
    if (*start == *end) {
        return failure(ErrorCode::parse, "start and end are the same; a whole day is 00:00-24:00");
    }
    auto zone = parse_zone(base::trim(trimmed.substr(second + 1)));
    if (!zone) {
        return failure(zone.error());
    }
    return QuietTime{*days, *start, *end, *std::move(zone)};
}

} // namespace mailpreflight::config
