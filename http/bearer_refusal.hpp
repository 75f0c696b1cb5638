#pragma once

#include "http/jwt.hpp"
#include "http/message.hpp"

#include <optional>
#include <string>

namespace mailpreflight::http {

/// Why a server refused a Bearer token, in its own words (x-ms-diagnostics, else the challenge's error) and, where the
/// token says something of itself that explains it, in ours. Pure; one line without control characters.
std::string bearer_refusal(const Headers& headers, const std::optional<TokenClaims>& claims, const std::string& host);

} // namespace mailpreflight::http
