#pragma once

#include "base/clock.hpp"

#include <string>

namespace mailpreflight::json {

/// RFC 3339 in UTC with microseconds, so that a time is the same after it was read back: "2026-12-05T22:00:00.000250Z".
/// Times outside of the years 0 to 9999, which RFC 3339 cannot say, become the nearest that it can.
std::string exact_rfc3339(base::SystemTime time);

} // namespace mailpreflight::json
