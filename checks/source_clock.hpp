#pragma once

#include "base/clock.hpp"
#include "core/observation.hpp"
#include "http/message.hpp"

#include <optional>
#include <string>

namespace mailpreflight::checks {

/// How far the clock of a server is ahead of ours (negative: behind), as the Date of an answer tells; nothing where it
/// has none, or where a cache kept it. What the way and the whole seconds of Date leave open is in favour of the clock:
/// half the round trip, half a second.
std::optional<base::Duration> clock_ahead(const http::Response& response, base::SystemTime received_at);

/// Pure. source.clock: warns from a minute on.
core::Observation source_clock(const std::string& source, base::Duration ahead, base::SystemTime now);

} // namespace mailpreflight::checks
