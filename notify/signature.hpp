#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// The value of X-Mailpreflight-Signature: "t=1764547200,v1=" and the lower-case hex of HMAC-SHA-256 by `key` over the
/// seconds, a point and the body as it is sent. docs/receivers.md shows how to verify it.
std::string signature(const base::Secret& key, base::SystemTime now, std::string_view body);

} // namespace mailpreflight::notify
