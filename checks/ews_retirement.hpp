#pragma once

#include "checks/access.hpp"

#include <optional>

namespace mailpreflight::checks {

/// ews.retirement: what Exchange Online still allows EWS to do, beside a login that was answered. Nothing for a server
/// that is not Exchange Online, by its host or by its answer.
std::optional<core::Observation>
ews_retirement(const Access& access, const ews::Answer& answer, base::SystemTime connected_at);

} // namespace mailpreflight::checks
