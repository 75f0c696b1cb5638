#pragma once

#include "base/clock.hpp"
#include "core/cause.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::core {

/// Microsoft's clouds: each has its token endpoint, its Exchange Online and its own dates.
enum class Cloud { worldwide, us_government, dod, china };

inline constexpr std::array all_clouds{Cloud::worldwide, Cloud::us_government, Cloud::dod, Cloud::china};

/// "worldwide", "us-government", "dod", "china"
std::string_view name_of(Cloud cloud);
std::optional<Cloud> cloud_named(std::string_view name);
/// Where its tokens come from: "https://login.microsoftonline.com"
std::string_view authority_of(Cloud cloud);
/// The cloud whose Exchange Online has this host (lower case); nothing for any other server.
std::optional<Cloud> cloud_of_host(std::string_view host);

/// What ends when: EWS of Exchange Online worldwide. In the other clouds it ends, too; when is not known.
inline constexpr base::SystemTime ews_closing_begins{std::chrono::sys_days{std::chrono::October / 1 / 2026}};
inline constexpr base::SystemTime ews_ends{std::chrono::sys_days{std::chrono::April / 1 / 2027}};

/// What is known of one Exchange Online source.
struct EwsRetirement {
    std::optional<Cloud> cloud; ///< nothing: known by its answer alone
    bool refused = false;       ///< it answered that EWS is closed
    std::optional<base::SystemTime> last_window_end;
};

struct RetirementVerdict {
    Cause cause = Cause::exchange_online_ews_ending;
    std::string detail;

    bool operator==(const RetirementVerdict&) const = default;
};

/// Never ok: at best EWS is ending there.
RetirementVerdict judge_retirement(const EwsRetirement& known, base::SystemTime now);

} // namespace mailpreflight::core
