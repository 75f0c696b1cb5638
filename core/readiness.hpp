#pragma once

#include "core/drift.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

enum class Verdict { go, no_go, unknown };

/// "GO", "NO-GO", "UNKNOWN": what people read.
std::string_view name_of(Verdict verdict);
/// "go", "no_go", "unknown": what machines read.
std::string_view code_of(Verdict verdict);

/// One cause with all it hits in a batch.
struct Finding {
    Check check = Check::source_dns;
    Cause cause = Cause::ok;
    std::string why; ///< what to add to the cause's sentence: "last seen 9 h ago", "awaits its second look"
    std::size_t count = 0;
    std::vector<std::string> examples; ///< up to 3 addresses, or the source's name
    std::string remedy;                ///< for the first example, names filled in

    bool operator==(const Finding&) const = default;
};

/// The verdict over one batch at one time.
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
    std::optional<base::SystemTime> oldest; ///< of the definite looks that the verdict rests on
    std::vector<std::string> not_tested;    ///< "full_access", "owa": ways that the batch does not require

    bool operator==(const Readiness&) const = default;
};

/// What is sent in beside the plan: who logs in to the source, for the remedies and to know the admin's own mailbox.
struct SourceNames {
    std::string account; ///< user name of the admin: DOMAIN\user, user@domain or user
    std::string upn;     ///< the same account's other form; empty: not given
    std::string host;
};

/// The batch's mailboxes are judged against what it requires, never against the baseline (6.2, 6.3).
Readiness
readiness(const Plan& plan, const Batch& batch, const Tracks& tracks, const SourceNames& names, base::SystemTime now);

/// The sweep interval in force for a batch: daily, 6-hourly from T-72 h, hourly from T-4 h (6.6).
base::Duration sweep_interval(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now);
/// The interval at which sweeps are asked for: from so long before T-72 h and T-4 h at the quicker one that no look is
/// older than the max_age that begins there; else every batch would turn UNKNOWN at that moment.
base::Duration sweep_cadence(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now);
/// 1.5 x the sweep interval in force.
base::Duration max_age(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now);

/// planned, moving (window start until end + grace), done.
enum class BatchState { planned, moving, done };
std::string_view name_of(BatchState state);
BatchState state_of(const Schedule& schedule, const Batch& batch, base::SystemTime now);

} // namespace mailpreflight::core
