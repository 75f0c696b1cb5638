#include "checks/source_clock.hpp"

#include "http/set_cookie.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace mailpreflight::checks {

namespace {

constexpr base::Duration worth_a_word = std::chrono::seconds(60);
constexpr base::Duration half_a_second = std::chrono::milliseconds(500);

} // namespace

std::optional<base::Duration> clock_ahead(const http::Response& response, base::SystemTime received_at) {
    const auto date = http::parse_cookie_date(response.headers.first("Date"));
    if (!date || response.headers.has("Age")) {
        return std::nullopt;
    }
    const base::Duration ahead = *date + half_a_second - (received_at - response.took / 2);
    const base::Duration open = response.took / 2 + half_a_second;
    const base::Duration sure = std::max(base::Duration::zero(), std::chrono::abs(ahead) - open);
    return ahead < base::Duration::zero() ? -sure : sure;
}

core::Observation source_clock(const std::string& source, base::Duration ahead, base::SystemTime now) {
    const core::TrackKey key{core::Check::source_clock, core::Subject::of_source(source)};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead).count();
    const base::Duration apart = std::chrono::abs(ahead);
    core::Observation look;
    if (apart < worth_a_word) {
        look = core::observe(
            key,
            now,
            core::Cause::ok,
            seconds == 0 ? "less than a second apart"
                         : fmt::format("{} s {} this host", std::abs(seconds), seconds > 0 ? "ahead of" : "behind"));
    } else {
        look =
            core::observe(key,
                          now,
                          core::Cause::clock_skewed,
                          fmt::format("the source is {} s {} this host; Kerberos and tokens are refused from 300 s on",
                                      std::abs(seconds),
                                      seconds > 0 ? "ahead of" : "behind"));
    }
    look.facts["skew_seconds"] = std::to_string(seconds);
    look.connected_at = now;
    return look;
}

} // namespace mailpreflight::checks
