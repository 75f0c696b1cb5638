#pragma once

#include "checks/access.hpp"

#include <optional>

namespace mailpreflight::checks {

/// ews.user_agent: `told` is what EWS said to the migration tool's User-Agent, which the login was made with; the same
/// question follows with our own on the same connection, so NTLM and Kerberos present nothing more. Nothing where there
/// is no other User-Agent than ours, where the service said neither yes nor 403, and within an hour of two equal
/// answers unless it said 403. Fails by a refused presentation only.
core::Outcome<std::optional<core::Observation>>
ews_user_agent(Access& access, Access::EwsLane& lent, const ews::Answer& told, const base::Deadline& deadline);

/// Pure: what the two answers come to; nothing where EWS is closed to both, which is no matter of the User-Agent.
std::optional<core::Cause> judge_user_agents(core::Cause tool, core::Cause own);

} // namespace mailpreflight::checks
