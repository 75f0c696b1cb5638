#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// What a lane that could not be had tells: the observations of the gates on the way, the failed one last. The check
/// behind it saw nothing.
Looked closed_gate(const Access& access, const core::Failure& failure, core::Check login);

/// The observation of a login that failed: what the guard holds back is shown as the refusal that it stands for, so
/// that one refusal stays one incident however often it is asked about.
core::Observation failed_login(const Access& access, const core::Failure& failure, core::Check login);

} // namespace mailpreflight::checks
