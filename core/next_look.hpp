#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <optional>

namespace mailpreflight::core {

/// When the plan asks for a check of a subject again: its latest look and the interval in force, not before now.
/// Nothing: it waits behind a gate or while a window moves, or the plan does not ask for it by itself.
std::optional<base::SystemTime>
next_look(const Plan& plan, const Tracks& tracks, const TrackKey& key, base::SystemTime now);

} // namespace mailpreflight::core
