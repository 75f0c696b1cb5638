#pragma once

#include "core/timeline.hpp"
#include "daemon/judge.hpp"

#include <string>
#include <vector>

namespace mailpreflight::daemon {

/// "batch wave1 is NO-GO: 297 of 300 mailboxes passed, 3 failed, 0 unknown"
std::string verdict_words(const core::Readiness& readiness);

/// What a turn of the judge leaves in the timeline: its incidents, batches and verdicts.
std::vector<core::TimelineEntry> timeline_of(const State& state, const News& news, base::SystemTime now);

} // namespace mailpreflight::daemon
