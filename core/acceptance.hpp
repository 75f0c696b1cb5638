#pragma once

#include "core/drift.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// What of a source is compared with the baseline, or accepted.
struct BaselineScope {
    std::string source;
    std::set<Subject> subjects = {};           ///< empty: all that are planned
    std::optional<Cause> cause = std::nullopt; ///< only what is believed for it, or drifted by it
};

/// A check of which something else is believed than the baseline says.
struct BaselineDifference {
    TrackKey key;
    std::optional<BaselineEntry> before; ///< empty: the baseline says nothing of it
    BaselineEntry now;                   ///< what is believed, as an entry
    base::SystemTime since;              ///< when that was first seen

    bool operator==(const BaselineDifference&) const = default;
};

struct BaselineComparison {
    std::vector<BaselineDifference> differences; ///< ordered by key
    std::vector<TrackKey> same;                  ///< as the baseline says, provisional or accepted
    std::vector<TrackKey> too_old;               ///< no definite look within max_age, oldest first: nothing to accept
};

/// The believed state of every planned key of the scope against its entry. `max_age` is how old the last definite look
/// of a mailbox may be; what is looked at by itself more rarely may be half again as old as its own pace.
BaselineComparison compare_with_baseline(const Plan& plan,
                                         const Baseline& baseline,
                                         const Tracks& tracks,
                                         const std::vector<Drift>& drift,
                                         const BaselineScope& scope,
                                         base::Duration max_age,
                                         base::SystemTime now);

/// Somebody's word that this is how it should be: what is kept of it for the history.
struct Acceptance {
    base::SystemTime at;
    std::string source;
    std::string scope; ///< "all", "2 subjects", "batch wave1, cause mailbox_recreated"
    std::string by;
    std::string reason;
    std::size_t accepted = 0;                ///< checks, those included of which nothing changed
    std::vector<BaselineDifference> changes; ///< of which something else was accepted than before

    bool operator==(const Acceptance&) const = default;
};

/// The entries that `baseline accept` writes: each difference and each that is the same, as accepted by `by`.
Baseline accepted_entries(const BaselineComparison& comparison,
                          const Baseline& baseline,
                          const std::string& by,
                          const std::string& reason,
                          base::SystemTime now);

} // namespace mailpreflight::core
