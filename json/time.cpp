#include "json/time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::json {

std::string exact_rfc3339(base::SystemTime time) {
    using namespace std::chrono;
    constexpr base::SystemTime first = sys_days(year(0) / January / 1);
    constexpr base::SystemTime last = sys_days(year(10000) / January / 1) - microseconds(1);
    time = std::clamp(time, first, last);
    std::string text = base::to_rfc3339(time);
    text.pop_back(); // the Z, after milliseconds
    return fmt::format("{}{:03}Z", text, (time - floor<milliseconds>(time)).count());
}

} // namespace mailpreflight::json
