#pragma once

#include "checks/access.hpp"
#include "core/due.hpp"

namespace mailpreflight::checks {

/// Runs one request with what Access lends: the one way from a CheckRequest to Observations, on demand or by schedule.
/// Never throws for what the outside does.
Looked run(const core::CheckRequest& request, Access& access, const base::Deadline& deadline);

} // namespace mailpreflight::checks
