#pragma once

#include "base/clock.hpp"
#include "core/verdict.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// A mailbox that somebody has taken out of a batch's verdict (6.2).
struct Exception {
    std::string address; ///< lower case
    base::SystemTime at;
    base::SystemTime until; ///< as asked for; the window's end may come first
    std::string by;         ///< "uid 1000 (anna)"
    std::string reason;
    std::optional<base::SystemTime> withdrawn_at = std::nullopt;
    std::string withdrawn_by = {};

    bool operator==(const Exception&) const = default;
};

/// A list that was read and drops so many mailboxes that somebody must confirm it (6.7).
struct PendingList {
    std::string digest;
    base::SystemTime read_at;
    std::size_t rows = 0;
    std::size_t dropped = 0;
    std::size_t added = 0;
    std::vector<std::string> dropped_examples; ///< up to 3

    bool operator==(const PendingList&) const = default;
};

/// What must be remembered of a batch beside its configuration: what operators said, and what was done once already.
struct BatchRecord {
    std::vector<Exception> exceptions; ///< in the order of their making; of an address the last one counts
    std::optional<base::SystemTime> done_at;
    std::string done_by;
    bool reported = false;          ///< its last report was given
    std::optional<Verdict> verdict; ///< as it was told last
    std::optional<base::SystemTime> forgotten_at;
    std::string forgotten_by;
    std::string good_digest; ///< of the list in force, once a good one was read
    std::optional<PendingList> pending;
    /// The window's start and the sweep intervals as they were last seen, since when, and the max_age before that and
    /// as it was last.
    std::string pace;
    base::SystemTime paced_since;
    base::Duration age_before{0};
    base::Duration age{0};

    bool operator==(const BatchRecord&) const = default;
};

/// A batch may have so many exceptions, ended ones included.
inline constexpr std::size_t most_exceptions = 10'000;

} // namespace mailpreflight::core
