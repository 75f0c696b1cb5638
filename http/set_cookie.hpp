#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// One Set-Cookie field, read as RFC 6265 section 5.2 says.
struct SetCookie {
    std::string name;
    std::string value;
    std::optional<std::string> path;   ///< only when it starts with "/"
    std::optional<std::string> domain; ///< lower case, without a leading dot
    bool secure = false;
    std::optional<std::int64_t> max_age_seconds;
    std::optional<base::SystemTime> expires;

    bool operator==(const SetCookie&) const = default;
};

/// Pure; nothing for a field without a name or with control characters in it.
std::optional<SetCookie> parse_set_cookie(std::string_view field);

/// The dates that cookies carry (RFC 6265 5.1.1: whatever holds a time, a day, a month and a year).
std::optional<base::SystemTime> parse_cookie_date(std::string_view text);

} // namespace mailpreflight::http
