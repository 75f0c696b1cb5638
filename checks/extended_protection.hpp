#pragma once

#include "checks/access.hpp"

#include <optional>

namespace mailpreflight::checks {

/// auth.extended_protection: what a login to EWS tells of channel bindings. It asks nothing by itself: a login without
/// a binding, to see whether it would be refused, might count as a bad password. Nothing where the login says nothing:
/// Basic knows no bindings, and a refusal alone has many reasons. `failure`: how the login ended, null: accepted.
std::optional<core::Observation> extended_protection(const Access& access,
                                                     const http::AuthenticatedLane& lane,
                                                     const core::Failure* failure,
                                                     base::SystemTime connected_at);

} // namespace mailpreflight::checks
