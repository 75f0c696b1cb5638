#pragma once

#include "http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http {

/// One challenge of a WWW-Authenticate field (RFC 7235).
struct Challenge {
    std::string scheme; ///< lower case
    std::string token;  ///< the token68 of NTLM and Negotiate; empty when there is none

    bool operator==(const Challenge&) const = default;
};

/// All challenges of one field value, in their order; what cannot be read is passed over. Pure.
std::vector<Challenge> parse_challenges(std::string_view field);

/// All challenges of all WWW-Authenticate fields.
std::vector<Challenge> challenges(const Headers& headers);

/// What the WWW-Authenticate fields of a 401 offer, in their order, lower case: "negotiate", "ntlm", "basic", "bearer".
std::vector<std::string> offered_schemes(const Headers& headers);

} // namespace mailpreflight::http
