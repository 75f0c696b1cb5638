#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http {

/// Base64url without padding (RFC 7515).
std::string to_base64url(std::string_view bytes);
/// Strict: no padding, nothing but the alphabet.
std::optional<std::string> from_base64url(std::string_view text);

/// What an access token says of itself. Decoded and not verified: only its audience can do that.
struct TokenClaims {
    std::optional<base::SystemTime> expires;
    std::string audience;
    std::string application; ///< appid
    std::string tenant;      ///< tid
    std::vector<std::string> roles;
    std::string scopes; ///< scp, of a token that a user delegated

    bool operator==(const TokenClaims&) const = default;
};

/// The claims of a compact JWS. Pure. Not every access token is one: the error says why it cannot be read, without a
/// byte of it.
base::Result<TokenClaims> read_claims(std::string_view token);

/// May it go into an Authorization field: the characters of a b64token (RFC 6750), at most 16 KiB?
bool is_token_text(std::string_view text);

} // namespace mailpreflight::http
