#pragma once

#include "core/readiness.hpp"
#include "core/track.hpp"

#include <map>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// The fact of ews.login that holds the digest of the root folder of the admin's own mailbox.
inline constexpr const char* own_root_fact = "own_root_id";

/// A mailbox check that opened the admin's own root folder opened another mailbox than it was asked for: a front end
/// that drops the impersonation header answers so, for every address, with success (6.8). Such looks become
/// wrong_mailbox; only at the admin's own address, as far as the account's names tell it, is it the right one.
std::vector<Observation> mark_own_mailbox(std::vector<Observation> observations,
                                          const Tracks& tracks,
                                          const std::map<std::string, SourceNames>& names);

} // namespace mailpreflight::core
