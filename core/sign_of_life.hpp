#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// healthchecks' three: a sweep began; a sweep is through, or something was judged of late; nothing was.
enum class BeatKind { start, success, fail };

struct Beat {
    BeatKind kind = BeatKind::success;
    std::string text;

    bool operator==(const Beat&) const = default;
};

/// What was told of our being alive.
struct LifeMemory {
    std::optional<base::SystemTime> beat_at;
    std::map<std::string, base::SystemTime> sweeps; ///< by source: when the sweep that goes on began

    bool operator==(const LifeMemory&) const = default;
};

struct SignsOfLife {
    std::vector<Beat> beats;
    LifeMemory memory;
};

inline constexpr base::Duration between_beats = std::chrono::minutes(5);

/// Every 5 min whether anything was seen within `blind_after`; and of each source when a sweep is through: every
/// mailbox that is planned was looked at since it began.
SignsOfLife signs_of_life(const Plan& plan, const Tracks& tracks, LifeMemory memory, base::SystemTime now);

} // namespace mailpreflight::core
