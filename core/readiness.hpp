#pragma once

#include "core/batch_state.hpp"
#include "core/common_factor.hpp"
#include "core/drift.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// One cause with all it hits in a batch.
struct Finding {
    Check check = Check::source_dns;
    Cause cause = Cause::ok;
    std::string why; ///< what to add to the cause's sentence: "last seen 9 h ago", "awaits its second look"
    std::size_t count = 0;
    std::vector<std::string> examples; ///< up to 3 addresses, or the source's name
    std::string remedy;                ///< for the first example, names filled in
    /// Of what ends before the window: when, to be shown in the window's zone.
    std::optional<base::SystemTime> ends_at = std::nullopt;
    std::string extent = {}; ///< of refused mailboxes, how far it goes: core/extent.hpp
    std::optional<Factor> in_common = std::nullopt;

    bool operator==(const Finding&) const = default;
};

/// The verdict over one batch at one time. Of a batch that is done nothing is judged: UNKNOWN without any finding, and
/// the counts as they were seen last.
struct Readiness {
    std::string batch;
    std::string source;
    Verdict verdict = Verdict::unknown;
    base::SystemTime judged_at;
    std::vector<Finding> blockers;
    std::vector<Finding> warnings;
    std::vector<Finding> unknowns;
    std::size_t mailboxes = 0; ///< listed
    std::size_t passed = 0;    ///< all required ways pass or warn
    std::size_t failed = 0;
    std::size_t unknown = 0;
    std::size_t excepted = 0;               ///< do not pass, and somebody has taken them out of the verdict
    std::size_t moved = 0;                  ///< moved, missing or disabled since the window began: progress
    std::optional<base::SystemTime> oldest; ///< of the definite looks that the verdict rests on
    std::vector<std::string> not_tested;    ///< "full_access", "owa": ways that the batch does not require

    bool operator==(const Readiness&) const = default;
};

/// What is sent in beside the plan: who logs in to the source, for the remedies and to know the admin's own mailbox.
struct SourceNames {
    std::string account; ///< user name of the admin: DOMAIN\user, user@domain or user
    std::string upn;     ///< the same account's other form; empty: not given
    std::string host;
    std::string account_name = {}; ///< NAME of its [account.NAME]
};

/// "412 mailboxes", "1 source", "3 rows of the list", "1 batch": what a finding of this cause counts.
std::string subjects_of(Check check, Cause cause, std::size_t count);

/// Is it about a batch as a whole, its list or its sweeps, and not about a look at one of its mailboxes?
bool is_about_batch(Cause cause);

/// "GO", "GO, 3 excepted": what people read.
std::string words_for(const Readiness& readiness);

/// What one event tells when a batch becomes done: how many mailboxes moved, and what is left.
std::string last_report(const Readiness& readiness, const Batch& batch);

/// The batch's mailboxes are judged against what it requires, never against the baseline (6.2, 6.3).
Readiness
readiness(const Plan& plan, const Batch& batch, const Tracks& tracks, const SourceNames& names, base::SystemTime now);

} // namespace mailpreflight::core
