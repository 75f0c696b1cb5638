#pragma once

#include "core/track.hpp"

#include <vector>

namespace mailpreflight::core {

/// Two rows of a list that open the same root folder are the same mailbox (6.8). Of those that share a root_id on one
/// source by one way, the first address in alphabetical order keeps its look; the looks at the others become
/// same_mailbox_twice and name it.
std::vector<Observation> mark_same_mailbox(std::vector<Observation> observations, const Tracks& tracks);

} // namespace mailpreflight::core
