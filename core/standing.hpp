#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <string>
#include <vector>

namespace mailpreflight::core {

/// What a check of a subject is worth to the verdict: what is believed, as long as it is not too old.
enum class Standing { passed, warned, blocked, unknown };

struct Judgement {
    Standing standing = Standing::unknown;
    Cause cause = Cause::never_looked_at;
    std::string why; ///< what to add to the cause's sentence: "seen once, the second look is awaited"

    bool operator==(const Judgement&) const = default;
};

/// One check of one subject, on what was last seen and what is believed (6.3). Null: never looked at.
Judgement judge_track(const Track* track, base::Duration oldest_allowed, base::SystemTime now);
/// The same where its age is counted back from `ages_at`.
Judgement
judge_track(const Track* track, base::Duration oldest_allowed, base::SystemTime now, base::SystemTime ages_at);

/// The source checks that a batch rests on, each gating the next.
std::vector<Check> required_source_checks(const Batch& batch);

/// How often the check of a source is looked at, a mailbox far from any window; what we conclude ourselves never by a
/// plan.
base::Duration interval_of(const Schedule& schedule, Check check);

/// How old a look may be: 1.5 x the interval of its check (of mailboxes: far from any window); our own conclusions,
/// which are made anew only when they change, any age.
base::Duration max_age_of(const Schedule& schedule, Check check);

} // namespace mailpreflight::core
