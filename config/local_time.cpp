#include "config/local_time.hpp"

#include "base/text.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace mailpreflight::config {

namespace {

using base::ErrorCode;
using base::failure;

const date::time_zone* find_zone(std::string_view name) {
    // An unchecked name would be joined to the path of the zone files.
    if (name.empty() || name.front() == '/' || name.find("..") != std::string_view::npos) {
        return nullptr;
    }
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

std::vector<std::string> zone_names() {
    std::vector<std::string> names;
    for (const date::time_zone& zone : date::get_tzdb().zones) {
        if (zone.name().find('/') != std::string::npos) {
            names.push_back(zone.name());
        }
    }
    return names;
}

/// "Chicago" and "los angeles" are meant well.
std::string nearest_zone(std::string_view text) {
    std::string city = "/" + std::string(text);
    std::replace(city.begin(), city.end(), ' ', '_');
    const std::vector<std::string> names = zone_names();
    for (const std::string& name : names) {
        if (name.size() > city.size() &&
            base::equals_ignoring_case(std::string_view(name).substr(name.size() - city.size()), city)) {
            return name;
        }
    }
    return base::nearest(text, names);
}

std::optional<int> number(std::string_view text, std::size_t at, std::size_t width) {
    if (text.size() < at + width) {
        return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = at; i < at + width; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

struct Written {
    date::local_seconds local;
    std::string_view offset; ///< "Z", "-06:00" or nothing
};

/// "2026-12-05 22:00", with T or a blank, with or without seconds, with or without an offset.
std::optional<Written> read(std::string_view text) {
    const auto year = number(text, 0, 4);
    const auto month = number(text, 5, 2);
    const auto day = number(text, 8, 2);
    const auto hour = number(text, 11, 2);
    const auto minute = number(text, 14, 2);
    if (!year || !month || !day || !hour || !minute || text[4] != '-' || text[7] != '-' || text[13] != ':' ||
        (text[10] != ' ' && text[10] != 'T' && text[10] != 't')) {
        return std::nullopt;
    }
    int second = 0;
    std::size_t end = 16;
    if (text.size() > end && text[end] == ':') {
        const auto seconds = number(text, end + 1, 2);
        if (!seconds) {
            return std::nullopt;
        }
        second = *seconds;
        end += 3;
    }
    const date::year_month_day date(
        date::year(*year), date::month(static_cast<unsigned>(*month)), date::day(static_cast<unsigned>(*day)));
    if (!date.ok() || *year < 2000 || *year > 2100 || *hour > 23 || *minute > 59 || second > 59) {
        return std::nullopt;
    }
    return Written{date::local_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                       std::chrono::seconds(second),
                   text.substr(end)};
}

std::string shown(date::local_seconds local) {
    const auto day = date::floor<date::days>(local);
    const date::year_month_day date(day);
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(local - day).count();
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}",
                       static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()),
                       minutes / 60,
                       minutes % 60);
}

std::string with_offset(date::local_seconds local, std::chrono::seconds offset) {
    std::string text = shown(local);
    text[10] = 'T';
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
    const auto size = minutes < 0 ? -minutes : minutes;
    return fmt::format("{}:00{}{:02}:{:02}", text, minutes < 0 ? '-' : '+', size / 60, size % 60);
}

std::string in_utc(date::local_seconds local, std::chrono::seconds offset) {
    return shown(local - offset) + " UTC";
}

base::SystemTime as_system(date::local_seconds local, std::chrono::seconds offset) {
    return base::SystemTime(local.time_since_epoch() - offset);
}

} // namespace

base::Result<std::string> parse_zone(std::string_view text) {
    if (find_zone(text) != nullptr) {
        return std::string(text);
    }
    if (const auto iana = zone_of_windows_name(text)) {
        return std::string(*iana);
    }
    const std::string near = nearest_zone(text);
    return failure(ErrorCode::not_found,
                   fmt::format("\"{}\" is no time zone; {}",
                               base::to_valid_utf8(base::shorten(text, 60)),
                               near.empty() ? "expected an IANA name such as \"America/Chicago\" or \"Europe/Berlin\""
                                            : fmt::format("did you mean \"{}\"?", near)));
}

base::Result<base::SystemTime> parse_moment(std::string_view text, const std::string& zone) {
    const auto written = read(text);
    if (!written) {
        return failure(
            ErrorCode::parse,
            fmt::format("found \"{}\", expected year-month-day hour:minute, such as \"2026-12-05 22:00\", or with "
                        "an offset \"2026-12-05T22:00:00-06:00\"",
                        base::to_valid_utf8(base::shorten(text, 60))));
    }
    if (!written->offset.empty()) {
        std::string full = shown(written->local);
        full += fmt::format(
            ":{:02}{}", (written->local - date::floor<std::chrono::minutes>(written->local)).count(), written->offset);
        return base::parse_rfc3339(full);
    }
    const date::time_zone* const place = find_zone(zone);
    if (place == nullptr) {
        return failure(ErrorCode::not_found, "no such time zone", zone);
    }
    const date::local_info info = place->get_info(written->local);
    if (info.result == date::local_info::nonexistent) {
        const date::local_seconds before(info.first.end.time_since_epoch() + info.first.offset);
        const date::local_seconds after(info.second.begin.time_since_epoch() + info.second.offset);
        return failure(ErrorCode::invalid_argument,
                       fmt::format("{} does not exist in {}: the clocks go from {} to {}",
                                   shown(written->local),
                                   zone,
                                   shown(before).substr(11),
                                   shown(after).substr(11)));
    }
    if (info.result == date::local_info::ambiguous) {
        const std::chrono::seconds first = info.first.offset;
        const std::chrono::seconds second = info.second.offset;
        return failure(ErrorCode::invalid_argument,
                       fmt::format("{} happens twice in {}, at {} and at {}: write \"{}\" or \"{}\"",
                                   shown(written->local),
                                   zone,
                                   in_utc(written->local, first),
                                   in_utc(written->local, second),
                                   with_offset(written->local, first),
                                   with_offset(written->local, second)));
    }
    return as_system(written->local, info.first.offset);
}

LocalMinute local_minute(base::SystemTime time, const std::string& zone) {
    const date::time_zone* const place = find_zone(zone);
    if (place == nullptr) {
        throw std::logic_error("zone was not checked: " + zone);
    }
    const auto local = date::floor<std::chrono::minutes>(place->to_local(time));
    const auto day = date::floor<date::days>(local);
    return {date::weekday(day).c_encoding(),
            static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(local - day).count())};
}

std::string local_text(base::SystemTime time, const std::string& zone) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(time);
    const date::time_zone* const known = find_zone(zone);
    if (known == nullptr) {
        return shown(date::local_seconds(minute.time_since_epoch())) + " UTC";
    }
    const auto local = known->to_local(date::sys_seconds(minute.time_since_epoch()));
    return shown(date::floor<std::chrono::seconds>(local)) + " " + zone;
}

} // namespace mailpreflight::config
