#pragma once

#include "core/canary.hpp" // due() asks the canaries often
#include "core/plan.hpp"
#include "core/track.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// The addresses behind a name cost a connection each: they are looked at in every third round of source checks.
inline constexpr int address_rounds = 3;
/// A source that did not answer well is looked at again this soon: its mailboxes wait behind it.
inline constexpr base::Duration source_retry = std::chrono::seconds(60);

/// What a request overtakes; the first goes first.
enum class Priority { on_demand, source, second_look, canary, sweep };

std::string_view name_of(Priority priority);

/// Look at this now. The one way in which work enters the runner, on demand or by schedule.
struct CheckRequest {
    TrackKey key;
    Priority priority = Priority::sweep;
    /// Only a connection opened after this will do (second looks, login checks).
    std::optional<base::SystemTime> connection_after;
    std::string run; ///< id of the on-demand run it belongs to; empty for scheduled work

    bool operator==(const CheckRequest&) const = default;
};

/// When each key was last asked for; what was asked but dropped at a closed gate is taken out again.
using LastAsked = std::map<TrackKey, base::SystemTime>;

/// May mailbox checks of this kind go: did the gates before them pass at their latest look (6.1)? A check behind a
/// failed gate yields no observation.
bool gate_is_open(const Tracks& tracks, const std::string& source, Check check);

/// Everything that is due now, in the order of priority. Pure: the scheduler only hands it on.
std::vector<CheckRequest> due(const Plan& plan, const Tracks& tracks, const LastAsked& asked, base::SystemTime now);

/// How many lanes may work on the source now; nothing: all of its own. One while a batch of it moves (6.6).
std::optional<int> lanes_allowed(const Plan& plan, const std::string& source, base::SystemTime now);

/// The rules of confirmation in force for the plan's batches now.
ConfirmRules confirm_rules(const Plan& plan, base::SystemTime now);

} // namespace mailpreflight::core
