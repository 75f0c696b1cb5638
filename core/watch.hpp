#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <vector>

namespace mailpreflight::core {

/// source.watch for each source: blind when nothing definite was seen of it for blind_after, counted from
/// `watching_since` (the start of the service) at the earliest (DESIGN 2.6).
std::vector<Observation>
watch(const Plan& plan, const Tracks& tracks, base::SystemTime watching_since, base::SystemTime now);

} // namespace mailpreflight::core
