#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::http {

/// A URL taken apart, without fragment. Only http and https; never with user name and password in it.
struct Url {
    std::string scheme; ///< "https" or "http"
    std::string host;   ///< lower case, IPv6 without brackets
    unsigned short port = 443;
    std::string target = "/"; ///< path and query as they stand, percent-encoded

    bool operator==(const Url&) const = default;
};

/// Reads an absolute URL. Pure; refuses blanks, control characters and bytes beyond ASCII: they must be
/// percent-encoded.
base::Result<Url> parse_url(std::string_view text);

/// Reads what a Location field may hold, absolute or relative to `base` (RFC 3986 section 5).
base::Result<Url> resolve_location(const Url& base, std::string_view location);

/// The whole URL; the port only when it is not the scheme's own.
std::string to_text(const Url& url);

/// Same scheme, host and port.
bool same_origin(const Url& a, const Url& b);

/// May anything that carries a credential go there? Only by https.
bool may_carry_credentials(const Url& url);

} // namespace mailpreflight::http
