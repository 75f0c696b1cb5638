#pragma once

#include "core/notice.hpp"
#include "json/value.hpp"
#include "notify/receiver.hpp"

#include <string_view>

namespace mailpreflight::notify {

/// What the version of docs/webhook.schema.json is.
inline constexpr std::string_view body_version = "1";

/// A notice as machines read it: the body of a webhook and the standard input of a command. `link`: where people see
/// more; empty: none.
json::Value body(const core::Notice& notice, const Origin& origin, std::string_view link = {});

/// What tells one group of one installation from all others: "0123456789abcdef/I17".
std::string dedup_key(const core::Notice& notice, const Origin& origin);

} // namespace mailpreflight::notify
