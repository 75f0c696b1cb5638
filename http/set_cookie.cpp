#include "http/set_cookie.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailpreflight::http {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Reads between `least` and `most` digits at the start of `text`, which is shortened; the next byte is no digit.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    int number = 0;
    while (count < text.size() && is_digit(text[count])) {
        if (count == most) {
            return std::nullopt;
        }
        number = number * 10 + (text[count] - '0');
        ++count;
    }
    if (count < least) {
        return std::nullopt;
    }
    text.remove_prefix(count);
    return number;
}

struct Time {
    int hour, minute, second;
};

std::optional<Time> time_in(std::string_view token) {
    const auto hour = take_number(token, 1, 2);
    if (!hour || !token.starts_with(':')) {
        return std::nullopt;
    }
    token.remove_prefix(1);
    const auto minute = take_number(token, 1, 2);
    if (!minute || !token.starts_with(':')) {
        return std::nullopt;
    }
    token.remove_prefix(1);
    const auto second = take_number(token, 1, 2);
    if (!second) {
        return std::nullopt;
    }
    return Time{*hour, *minute, *second};
}

std::optional<unsigned> month_in(std::string_view token) {
    constexpr std::array<std::string_view, 12> months{
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    for (unsigned i = 0; i < months.size(); ++i) {
        if (base::starts_with_ignoring_case(token, months[i])) {
            return i + 1;
        }
    }
    return std::nullopt;
}

bool is_date_delimiter(char c) {
    return c == '\t' || (c >= 0x20 && c <= 0x2f) || (c >= 0x3b && c <= 0x40) || (c >= 0x5b && c <= 0x60) ||
           (c >= 0x7b && c <= 0x7e);
}

} // namespace

std::optional<base::SystemTime> parse_cookie_date(std::string_view text) {
    std::optional<Time> time;
    std::optional<int> day;
    std::optional<unsigned> month;
    std::optional<int> year;
    constexpr std::size_t longest = 128;
    text = text.substr(0, longest);
    for (std::size_t at = 0; at < text.size();) {
        if (is_date_delimiter(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && !is_date_delimiter(text[end])) {
            ++end;
        }
        const std::string_view token = text.substr(at, end - at);
        at = end;
        std::string_view rest = token;
        if (!time && (time = time_in(token))) {
            continue;
        }
        if (!day && (day = take_number(rest, 1, 2))) {
            continue;
        }
        if (!month && (month = month_in(token))) {
            continue;
        }
        rest = token;
        if (!year) {
            year = take_number(rest, 2, 4);
        }
    }
    if (!time || !day || !month || !year) {
        return std::nullopt;
    }
    if (*year < 100) {
        *year += *year >= 70 ? 1900 : 2000;
    }
    const std::chrono::year_month_day date(
        std::chrono::year(*year), std::chrono::month(*month), std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok() || *year < 1601 || time->hour > 23 || time->minute > 59 || time->second > 59) {
        return std::nullopt;
    }
    return base::SystemTime(std::chrono::sys_days(date) + std::chrono::hours(time->hour) +
                            std::chrono::minutes(time->minute) + std::chrono::seconds(time->second));
}

std::optional<SetCookie> parse_set_cookie(std::string_view field) {
    const bool clean = std::none_of(field.begin(), field.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    if (!clean) {
        return std::nullopt;
    }
    const auto next_part = [&field] {
        const auto semicolon = field.find(';');
        const std::string_view part = field.substr(0, semicolon);
        field = semicolon == field.npos ? std::string_view{} : field.substr(semicolon + 1);
        return part;
    };
    const std::string_view pair = next_part();
    const auto equals = pair.find('=');
    if (equals == pair.npos) {
        return std::nullopt;
    }
    SetCookie cookie;
    cookie.name = base::trim(pair.substr(0, equals));
    cookie.value = base::trim(pair.substr(equals + 1));
    if (cookie.name.empty()) {
        return std::nullopt;
    }
    while (!field.empty()) {
        const std::string_view part = next_part();
        const auto sign = part.find('=');
        const std::string_view name = base::trim(part.substr(0, sign));
        const std::string_view value = sign == part.npos ? std::string_view{} : base::trim(part.substr(sign + 1));
        if (base::equals_ignoring_case(name, "secure")) {
            cookie.secure = true;
        } else if (base::equals_ignoring_case(name, "path")) {
            cookie.path = value.starts_with('/') ? std::optional<std::string>(value) : std::nullopt;
        } else if (base::equals_ignoring_case(name, "domain") && !value.empty()) {
            cookie.domain = base::to_lower(value.starts_with('.') ? value.substr(1) : value);
        } else if (base::equals_ignoring_case(name, "expires")) {
            if (const auto date = parse_cookie_date(value)) {
                cookie.expires = date;
            }
        } else if (base::equals_ignoring_case(name, "max-age")) {
            std::int64_t seconds = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
            if (end == value.data() + value.size() && !value.empty()) {
                constexpr std::int64_t ten_years = 10LL * 366 * 24 * 3600;
                if (error == std::errc::result_out_of_range) {
                    cookie.max_age_seconds = value.starts_with('-') ? 0 : ten_years;
                } else if (error == std::errc{}) {
                    cookie.max_age_seconds = std::clamp<std::int64_t>(seconds, 0, ten_years);
                }
            }
        }
    }
    return cookie;
}

} // namespace mailpreflight::http
