#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// What answers in Exchange's place, as facts of a look: "front_door", "front_door_host", "front_door_redirect".
void add_front_door(core::Observation& look, const std::optional<ews::FrontDoor>& door);

/// closed_gate() of a login at OWA's door, with what the way there told.
Looked closed_owa(const Access& access, const core::Failure& failure);

/// What a login at OWA's door told, as facts and evidence of a look at it.
void add_owa_report(core::Observation& look, const Access& access);

} // namespace mailpreflight::checks
