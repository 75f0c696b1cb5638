#include "json/time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::json {

std::string exact_rfc3339(base::SystemTime time) {
    using namespace std::chrono;
    constexpr base::SystemTime first = sys_days(year(0) / January / 1);
    constexpr base::SystemTime last = sys_days(year(10000) / January / 1) - microseconds(1);
    time = std::clamp(time, first, last);
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
                       static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()),
                       clock.hours().count(),
                       clock.minutes().count(),
                       clock.seconds().count(),
                       clock.subseconds().count());
}

} // namespace mailpreflight::json
