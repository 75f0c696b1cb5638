#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::config {

/// The IANA name of a zone that the operator wrote by its IANA or Windows name. The error names the nearest one.
base::Result<std::string> parse_zone(std::string_view text);

/// The IANA zone of a Windows zone name ("Central Standard Time"), by Unicode CLDR's windowsZones for territory 001.
std::optional<std::string_view> zone_of_windows_name(std::string_view name);

/// Reads "2026-12-05 22:00" in the zone, or RFC 3339 with an offset. A local time that does not exist, or exists
/// twice, when the clocks change is an error that names the readings. `zone` must come from parse_zone().
base::Result<base::SystemTime> parse_moment(std::string_view text, const std::string& zone);

/// Day of the week (0 is Sunday) and minute of the day in the zone.
struct LocalMinute {
    unsigned weekday = 0;
    int minute = 0;

    bool operator==(const LocalMinute&) const = default;
};
LocalMinute local_minute(base::SystemTime time, const std::string& zone);

/// "2026-12-05 22:00 America/Chicago"; in UTC where this host does not know the zone.
std::string local_text(base::SystemTime time, const std::string& zone);

} // namespace mailpreflight::config
