#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// The few mailboxes of a source that are looked at often, at most most_canaries: negative canaries (of at most half),
/// then of those that do not fail one per label Database (else per back end) and one per domain, then the last
/// failures. Without a time, batches count that have moved already.
std::vector<Subject> canaries(const Plan& plan,
                              const Tracks& tracks,
                              const std::string& source,
                              std::optional<base::SystemTime> now = std::nullopt);

/// The mailboxes of a source whose trouble is told whatever was acknowledged (6.5): of batches inside T-24 h, and the
/// canaries by database and domain, whether they fail or not.
std::set<Subject> urgent_mailboxes(const Plan& plan, const std::string& source, base::SystemTime now);

} // namespace mailpreflight::core
