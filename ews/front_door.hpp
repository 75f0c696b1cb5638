#pragma once

#include "http/message.hpp"
#include "http/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::ews {

/// What answers in Exchange's place (owa-and-auth.md 5.1): recognised, named, never logged in to.
struct FrontDoor {
    std::string kind;     ///< "adfs", "entra_id", "isa_tmg" ...: docs/authentication.md has the list
    std::string product;  ///< "AD FS"
    std::string host;     ///< where it stands
    std::string redirect; ///< the redirect that led there, without its query; empty: it answered by itself

    bool operator==(const FrontDoor&) const = default;
};

/// By where a redirect leads, cookies, headers, form and page, in this order; none: nothing that we know. Pure. A mark
/// alone is no verdict: a page with OWA's own form, or a 401, comes from Exchange whatever cookies lie around it.
std::optional<FrontDoor> front_door_of(const http::Url& asked, const http::Response& response);

/// Does it want a second factor, beside or after the password?
bool wants_second_factor(const FrontDoor& door);

/// "AD FS at sts.contoso.example"
std::string to_text(const FrontDoor& door);

} // namespace mailpreflight::ews
