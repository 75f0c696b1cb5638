#pragma once

#include "core/failure.hpp"
#include "http/message.hpp"
#include "http/url.hpp"
#include "notify/receiver.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// A receiver may make us wait so long at most.
inline constexpr base::Duration longest_wait = std::chrono::hours(1);

/// All of a URL that may be shown: "https://hooks.example:443".
std::string shown(const http::Url& url);

/// 2xx: delivered. 408, 425, 429 and 5xx: later, Retry-After heeded up to longest_wait. All else is refused, redirects
/// too: they are never followed. Of the answer's own words none is kept: it may repeat the URL or a key.
Delivery delivery_of(const http::Response& response, std::string_view place, base::SystemTime now);

/// Whatever happened on the way: later. Nobody knows whether it arrived, so a receiver may hear of it twice.
Delivery delivery_of(const core::Failure& failure, std::string_view place);

} // namespace mailpreflight::notify
