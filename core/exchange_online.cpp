#include "core/exchange_online.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mailpreflight::core {

namespace {

/// owa-and-auth 8.6. DoD's users have a host of their own; the name of High appears there, too.
constexpr std::array<std::pair<std::string_view, Cloud>, 5> hosts{{
    {"outlook.office365.com", Cloud::worldwide},
    {"outlook.office.com", Cloud::worldwide},
    {"outlook.office365.us", Cloud::us_government},
    {"webmail.apps.mil", Cloud::dod},
    {"partner.outlook.cn", Cloud::china},
}};

std::string day_of(base::SystemTime time) {
    return base::to_rfc3339(time).substr(0, 10);
}

} // namespace

std::string_view name_of(Cloud cloud) {
    switch (cloud) {
    case Cloud::worldwide:
        return "worldwide";
    case Cloud::us_government:
        return "us-government";
    case Cloud::dod:
        return "dod";
    case Cloud::china:
        return "china";
    }
    throw std::logic_error("no such cloud");
}

std::optional<Cloud> cloud_named(std::string_view name) {
    const auto found =
        std::find_if(all_clouds.begin(), all_clouds.end(), [&](Cloud cloud) { return name_of(cloud) == name; });
    return found == all_clouds.end() ? std::nullopt : std::optional(*found);
}

std::string_view authority_of(Cloud cloud) {
    switch (cloud) {
    case Cloud::worldwide:
        return "https://login.microsoftonline.com";
    case Cloud::us_government:
    case Cloud::dod:
        return "https://login.microsoftonline.us";
    case Cloud::china:
        return "https://login.partner.microsoftonline.cn";
    }
    throw std::logic_error("no such cloud");
}

std::optional<Cloud> cloud_of_host(std::string_view host) {
    const auto found = std::find_if(hosts.begin(), hosts.end(), [&](const auto& entry) { return entry.first == host; });
    return found == hosts.end() ? std::nullopt : std::optional(found->second);
}

RetirementVerdict judge_retirement(const EwsRetirement& known, base::SystemTime now) {
    const bool has_dates = !known.cloud || known.cloud == Cloud::worldwide;
    if (known.refused) {
        return {Cause::exchange_online_ews_closed,
                has_dates && now < ews_ends
                    ? "it answers 403; an administrator may open it again for listed applications until " +
                          day_of(ews_ends)
                    : "it answers 403"};
    }
    if (!has_dates) {
        return {Cause::exchange_online_ews_ending,
                "it still answers; this cloud (" + std::string(name_of(*known.cloud)) +
                    ") ends EWS on dates of its own, which are not known here"};
    }
    if (known.last_window_end && *known.last_window_end > ews_ends) {
        return {Cause::exchange_online_ews_closed,
                "it still answers, but ends for good on " + day_of(ews_ends) + ", before the last window of a batch (" +
                    base::to_rfc3339(*known.last_window_end) + ")"};
    }
    if (now >= ews_ends) {
        return {Cause::exchange_online_ews_ending,
                "it still answers, although it was to end for good on " + day_of(ews_ends)};
    }
    if (now >= ews_closing_begins) {
        return {Cause::exchange_online_ews_ending,
                "it still answers; tenants are closed one by one since " + day_of(ews_closing_begins) +
                    ", and all for good on " + day_of(ews_ends)};
    }
    return {Cause::exchange_online_ews_ending,
            "it still answers; tenants are closed one by one from " + day_of(ews_closing_begins) +
                ", and all for good on " + day_of(ews_ends)};
}

} // namespace mailpreflight::core
