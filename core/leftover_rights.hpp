#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <vector>

namespace mailpreflight::core {

/// What is still looked at when all batches of a source are done, to see whether the admin's rights still work: by each
/// way that was required, the first mailboxes that have not moved.
std::vector<TrackKey> leftover_looks(const Plan& plan, const Tracks& tracks, base::SystemTime now);

/// What those looks come to, one look at `account.rights` a source: rights_still_work while one of them opens, ok when
/// none does or the login is refused, nothing while nobody knows. Nothing too for a source of which a batch is open.
std::vector<Observation> leftover_rights(const Plan& plan, const Tracks& tracks, base::SystemTime now);

} // namespace mailpreflight::core
