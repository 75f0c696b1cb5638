#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// Base64 of RFC 4648 section 4, with padding, on one line.
std::string to_base64(std::string_view bytes);
/// Strict: padding required, nothing but the alphabet.
std::optional<std::string> from_base64(std::string_view text);

} // namespace mailpreflight::http
