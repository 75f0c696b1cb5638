#pragma once

#include "core/cause.hpp"

#include <span>
#include <string_view>

namespace mailpreflight::http {

/// What a refused token request means for the next one.
enum class TokenBearing {
    refused,    ///< the endpoint's word about the credential, the application or the request: stop
    locked,     ///< the account is locked: stop
    not_judged, ///< nothing was said about the credential: later
};

/// One number of Microsoft's token endpoints (owa-and-auth.md 8.4).
struct Aadsts {
    int first = 0;
    int last = 0; ///< a range; else equal to `first`
    core::Cause cause;
    TokenBearing bearing;
    std::string_view advice; ///< what its operator should look at, in a few words
};

std::span<const Aadsts> aadsts_codes();
/// Null: a number that is not known here.
const Aadsts* aadsts(int code);

} // namespace mailpreflight::http
