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
    std::map<std::string, std::string> facts; ///< the judged facts, and what tells one change of them from another
    bool provisional = true;
    base::SystemTime at;     ///< accepted at; for a provisional entry: first believed at
    std::string accepted_by; ///< "uid 1000 (anna)"
    std::string reason;

    bool operator==(const BaselineEntry&) const = default;
};

/// What is believed, as a provisional entry: with the judged facts, and of a certificate those that tell a renewal.
BaselineEntry entry_of(const Observation& believed, base::SystemTime at);

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

/// The mailbox moved, is missing or disabled: of a batch whose window has begun that is progress (6.6).
bool is_progress(Cause cause);

/// "issuer was CN=A, is CN=B; sha256 was ...": the facts of before that are otherwise now; empty when none is.
std::string what_changed(const std::map<std::string, std::string>& before, const Observation& after);

/// The checks and subjects that the plan asks for: source checks, required ways of listed mailboxes, negative canaries.
/// What is no longer planned neither drifts nor blocks.
std::set<TrackKey> planned_keys(const Plan& plan);
/// The same with the addresses that are seen behind the sources' names.
std::set<TrackKey> planned_keys(const Plan& plan, const Tracks& tracks);

/// Is the subject a mailbox that must not open?
bool must_not_open(const Plan& plan, const Subject& subject);

/// Baseline against what is believed. Source checks without an entry are held against "pass" (they are required);
/// mailbox checks without an entry have no news. A mailbox that must not open drifts when it opens.
std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks);
/// The same at a time: of a batch that moves or is done, moved, missing and disabled mailboxes are progress (6.6), and
/// a password, account or certificate that ends before a window is over is lost already. Of mailboxes that only batches
/// which are done list nothing is news.
std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks, base::SystemTime now);

/// The baseline with provisional entries for what is believed for the first time; a provisional entry that was not good
/// follows an improvement, because the requirement asked for it. Of accepted entries nothing is changed here, but that
/// any entry takes in a judged fact that was not known when it was made, and that of a certificate follows its routine
/// renewal: nobody has to accept those.
Baseline adopt(const Plan& plan, Baseline baseline, const Tracks& tracks);

/// The mailboxes of batches that are frozen or move, and their sources: any drift of theirs is critical.
std::set<Subject> critical_subjects(const Plan& plan, base::SystemTime now);
/// Is drift of this subject critical? What is no listed mailbox counts as its source.
bool is_critical(const Subject& subject, const Plan& plan, const std::set<Subject>& critical);

/// Baseline and drift as they follow from the looks at some keys.
struct Followed {
    Baseline baseline;
    std::vector<Drift> drift; ///< ordered by key
    Baseline adopted;         ///< the entries of `baseline` that are new or changed
};

/// adopt() and compare() for `keys` alone: what was said of the others stands. Whoever tells all keys of sources, which
/// time alone changes, too, and every mailbox's key whose track, plan or entry changed, gets what all keys would give
/// (a test holds it to that), at the cost of those that changed.
Followed follow(const Plan& plan,
                const std::set<TrackKey>& keys,
                Baseline baseline,
                std::vector<Drift> drift,
                const Tracks& tracks,
                base::SystemTime now);

} // namespace mailpreflight::core
