#pragma once

#include "core/common_factor.hpp"
#include "core/plan.hpp"
#include "core/track.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// How far a refusal goes in a batch: what one mailbox cannot tell, several can (ews.md 4.4).
struct Extent {
    /// For people: "no mailbox opens this way: the right is missing altogether"; "275 others open: it is not the right
    /// as such, but its scope"; "this mailbox alone"; "20 of them open by full_access". May be empty.
    std::string words;
    std::optional<Factor> in_common; ///< of those that are refused, and not of the others
    bool altogether = false;         ///< nobody's mailbox opens by this check

    bool operator==(const Extent&) const = default;
};

/// Of the rows of the batch's list that are refused by this check with this cause.
Extent
extent_of(const Batch& batch, const Tracks& tracks, Check check, Cause cause, const std::vector<std::size_t>& rows);

} // namespace mailpreflight::core
