#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::config {

/// A weekly time in which nothing is sent to a source.
struct QuietTime {
    unsigned days = 0; ///< bit 0 is Sunday: the days on which it begins
    int start = 0;     ///< minute of the day, first of the quiet time
    int end = 0;       ///< minute of the day, first after it; not after `start`: it lasts into the next day
    std::string zone;  ///< IANA name

    [[nodiscard]] bool contains(base::SystemTime time) const;

    bool operator==(const QuietTime&) const = default;
};

/// Reads "Mon-Fri 08:00-10:00 America/Chicago", "Sat,Sun 00:00-24:00 Europe/Berlin", "daily 22:00-02:00 UTC".
base::Result<QuietTime> parse_quiet_time(std::string_view text);

} // namespace mailpreflight::config
