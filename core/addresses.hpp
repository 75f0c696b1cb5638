#pragma once

#include "core/track.hpp"

#include <string>
#include <vector>

namespace mailpreflight::core {

/// Facts of source.dns: the answer of this look, and the addresses that the name stands for. Several are separated by
/// blanks.
inline constexpr const char* answer_fact = "addresses";
inline constexpr const char* address_set_fact = "address_set";

/// How long an address that no answer holds any more still belongs to its name.
inline constexpr base::Duration remember_address = std::chrono::hours(24);
/// A name whose answers were all alike is judged after this time, one whose answers vary when no new address came up
/// for as long as an address is remembered.
inline constexpr base::Duration settle_steady = std::chrono::hours(2);
inline constexpr base::Duration settle_varying = remember_address;
/// More addresses than this within the time are a pool that nobody keeps a list of.
inline constexpr std::size_t most_addresses = 32;

/// A balanced name hands out another part of its addresses, or another order, with each answer: an answer says little.
/// Each look at source.dns gets what the name stands for from what was seen of it before, kept in facts of its own;
/// `address_set` only once that has settled. Then an address that comes is told at once, one that goes after a day, and
/// a pool that never settles is never judged. Looks come in any order.
std::vector<Observation> remember_addresses(std::vector<Observation> observations, const Tracks& tracks);

/// The tracks of single addresses that are part of the present picture of their source: those that the newest looks of
/// source.address still saw.
std::vector<TrackKey> present_addresses(const Tracks& tracks);

/// The keys of addresses that no look saw for a week: to be forgotten.
std::vector<TrackKey> forgotten_addresses(const Tracks& tracks);

} // namespace mailpreflight::core
