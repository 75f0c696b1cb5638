#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// What an operator has accepted (or, provisional, what was first believed) of one check of one subject.
struct BaselineEntry {
    State state = State::pass;
    Cause cause = Cause::ok;
    std::map<std::string, std::string> facts; ///< the judged facts
    bool provisional = true;
    base::SystemTime at;     ///< accepted at; for a provisional entry: first believed at
    std::string accepted_by; ///< "uid 1000 (anna)"
    std::string reason;

    bool operator==(const BaselineEntry&) const = default;
};

using Baseline = std::map<TrackKey, BaselineEntry>;

enum class Direction { lost, gained, changed };

std::string_view name_of(Direction direction);
std::optional<Direction> direction_named(std::string_view name);

/// A confirmed difference between what is believed and the baseline.
struct Drift {
    TrackKey key;
    Direction direction = Direction::lost;
    Cause cause = Cause::ok; ///< what folds it into an incident
    BaselineEntry before;
    Observation after;
    base::SystemTime first_seen;
    std::optional<base::SystemTime> last_good;

    bool operator==(const Drift&) const = default;
};

/// The checks and subjects that the plan asks for: source checks, required ways of listed mailboxes, negative canaries.
/// What is no longer planned neither drifts nor blocks.
std::set<TrackKey> planned_keys(const Plan& plan);

/// Is the subject a mailbox that must not open?
bool must_not_open(const Plan& plan, const Subject& subject);

/// Baseline against what is believed. Source checks without an entry are held against "pass" (they are required);
/// mailbox checks without an entry have no news. A mailbox that must not open drifts when it opens.
std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks);
/// The same at a time: of a batch that moves or is done, moved, missing and disabled mailboxes are progress (6.6).
std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks, base::SystemTime now);

/// The baseline with provisional entries for what is believed for the first time; a provisional entry that was not good
/// follows an improvement, because the requirement asked for it. Accepted entries never change here.
Baseline adopt(const Plan& plan, Baseline baseline, const Tracks& tracks);

/// What `baseline accept` writes: the believed state of every planned key of the source (or of the named subjects)
/// whose last definite look is not older than `max_age`; the others are returned as refused, oldest first.
struct Acceptance {
    Baseline baseline;
    std::size_t accepted = 0;
    std::vector<TrackKey> too_old;
};
Acceptance accept(const Plan& plan,
                  Baseline baseline,
                  const Tracks& tracks,
                  const std::string& source,
                  const std::set<Subject>& only,
                  const std::string& who,
                  const std::string& reason,
                  base::Duration max_age,
                  base::SystemTime now);

} // namespace mailpreflight::core
