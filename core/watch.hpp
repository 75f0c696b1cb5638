#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <map>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// Since when each source could have been looked at: the start of the service, or the end of its last quiet time. A
/// source that is missing counts from now.
using WatchingSince = std::map<std::string, base::SystemTime>;

/// source.watch for each source (DESIGN 2.6). Blind for blind_after is: nothing definite was seen of it; or nothing
/// definite of any mailbox, although mailboxes were asked for (a server that only throttles passes its source checks),
/// or not even a login was answered for so long, behind which no mailbox is asked for.
std::vector<Observation>
watch(const Plan& plan, const Tracks& tracks, const WatchingSince& watching_since, base::SystemTime now);

} // namespace mailpreflight::core
