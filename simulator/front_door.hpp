#pragma once

#include "simulator/http_message.hpp"
#include "simulator/world.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace mailpreflight::simulator {

/** What may stand in front of Exchange (server.front_door); "" for nothing. */
inline constexpr std::array<std::string_view, 15> front_door_names = {"",
                                                                      "adfs",
                                                                      "wap",
                                                                      "entra",
                                                                      "tmg",
                                                                      "uag",
                                                                      "f5",
                                                                      "citrix",
                                                                      "kemp",
                                                                      "okta",
                                                                      "otp",
                                                                      "captive_portal",
                                                                      "waf",
                                                                      "proxy",
                                                                      "login_page"};

/**
 * The answer of what stands in front; nothing where the request passes to Exchange. Behind TMG it passes with the
 * identity that the form was given, in `account`.
 */
struct FrontDoorAnswer {
    std::optional<HttpResponse> response;
    std::optional<Verdict> verdict; ///< if a password was presented
    std::string account;
};
FrontDoorAnswer serve_front_door(const HttpRequest& request, Shared& shared, TimePoint now);

} // namespace mailpreflight::simulator
