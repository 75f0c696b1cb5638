#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// server.version: which build answered, from ServerVersionInfo of an EWS answer. Needs answer.server_version.
core::Observation server_version(const Access& access, const ews::Answer& answer, base::SystemTime connected_at);

} // namespace mailpreflight::checks
