#pragma once

#include "core/track.hpp"
#include "report/report.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mailpreflight::report {

/// What a report says beside what core judged.
struct Setting {
    std::string version;
    std::string url;
    Vantage vantage;
    core::SourceNames names;
    /// A moment in a zone, for people: "2026-12-05 22:00 America/Chicago".
    std::function<std::string(base::SystemTime, const std::string& zone)> local_time;
};

/// Everything but the mailboxes, at the time that the batch was judged.
Head make_head(const core::Plan& plan,
               const core::Batch& batch,
               const core::Tracks& tracks,
               const core::Readiness& readiness,
               const Setting& setting);

} // namespace mailpreflight::report
