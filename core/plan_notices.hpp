#pragma once

#include "core/incident.hpp"
#include "core/notice_memory.hpp"
#include "core/notice_policy.hpp"
#include "core/readiness.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// What notices are made of; refers to the judge's state.
struct NoticeMatter {
    const Plan& plan;
    const Tracks& tracks;
    const std::vector<Incident>& incidents;
    const std::map<std::string, Readiness>& readiness; ///< by batch
    const std::map<std::string, SourceNames>& names;   ///< by source
    /// Does a maintenance window of the source hold notices now?
    std::function<bool(const std::string& source, base::SystemTime now)> in_maintenance;
    /// A moment in a zone, for people: "2026-12-05 22:00 America/Chicago".
    std::function<std::string(base::SystemTime, const std::string& zone)> local_time;
};

struct PlannedNotices {
    std::vector<Notice> notices;
    NoticeMemory memory; ///< of those that are gone the number of the newest notice alone
};

/// What is to be told, to whom, and why, now. It follows from how things are and what was told, never from events: what
/// is held back by a wait, a cap or a maintenance window is told as it is then, and what was over before it was told is
/// not told. Admin rights lost or gained wait for nothing but maintenance.
PlannedNotices plan_notices(const NoticeMatter& matter,
                            NoticeMemory memory,
                            const std::vector<NoticePolicy>& policies,
                            base::SystemTime now);

/// Was a right of the admin's lost or gained?
bool is_about_rights(Cause cause);

/// A marked trial for one receiver; `number` makes its id.
Notice trial_notice(const std::string& receiver, std::uint64_t number, const std::string& who, base::SystemTime now);

} // namespace mailpreflight::core
