#pragma once

#include "base/clock.hpp"
#include "core/credential_gate.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// The numbers of the spray brake (DESIGN 6.1).
struct SprayPolicy {
    std::size_t most_refused_in_a_row = 5;
    std::size_t newest = 50;                 ///< results of so many different accounts are kept
    std::size_t most_refused_of_newest = 10; ///< 20 % of them
    /// A presentation that nobody answered counts as one that may have been refused for so long.
    base::Duration unanswered_counts = std::chrono::minutes(60);
};

/// Everything that is kept of the individual passwords of one source. Durable; accounts by what the guard knows them
/// by.
struct SprayBrake {
    struct Try {
        std::string account;
        base::SystemTime at;

        bool operator==(const Try&) const = default;
    };
    struct Result {
        std::string account;
        bool accepted = false;

        bool operator==(const Result&) const = default;
    };

    bool succeeded = false;      ///< one of them was accepted since the brake was released last
    std::vector<Try> under_way;  ///< written down before they were sent, without a result yet
    std::vector<Try> refused;    ///< different accounts, since the newest that was accepted
    std::vector<Try> unanswered; ///< likewise
    std::vector<Result> newest;  ///< the newest result of each of the last accounts, in the order of their time
    std::optional<base::SystemTime> stopped_at;
    std::string why; ///< of the stop

    bool operator==(const SprayBrake&) const = default;
};

/// May this account's own password be presented now? False: when one that is under way has ended, and it must be asked
/// anew. A failure: spray_brake until an operator releases it, or presentation_withheld for as long as it says. Until
/// one was accepted they go one at a time; afterwards never so many at once that more than the brake allows could be
/// refused before it holds.
Outcome<bool>
may_try(const SprayBrake& brake, const Presentation& presentation, const SprayPolicy& policy, base::SystemTime now);

/// Notes a presentation; must be durable before the first byte goes.
SprayBrake begun(SprayBrake brake, const std::string& account, base::SystemTime now);

/// Notes what came of it, and stops the source where that is one refusal too many. One that was accepted ends the row.
SprayBrake finished(SprayBrake brake,
                    const std::string& account,
                    PresentationResult result,
                    const SprayPolicy& policy,
                    base::SystemTime now);

/// A program died with a presentation of this account.
SprayBrake lost(SprayBrake brake, const std::string& account);

/// The wall clock was set forward by `step` against the time that passed: what was left without an answer does not age
/// by that.
SprayBrake after_clock_step(SprayBrake brake, base::Duration step);

/// An operator's word that the passwords may be tried again, as if none had been yet. What is under way stays known.
SprayBrake released(const SprayBrake& brake);

/// Of the newest results, how many were refused.
std::size_t refused_of_newest(const SprayBrake& brake);

} // namespace mailpreflight::core
