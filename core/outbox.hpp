#pragma once

#include "core/notice.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::core {

/// owed: to be delivered; delivered: the receiver took it; dead: it is not tried any more until somebody says retry.
enum class OwedState { owed, delivered, dead };
std::string_view name_of(OwedState state);
std::optional<OwedState> owed_state_named(std::string_view name);

/// A notice in the outbox.
struct OwedNotice {
    Notice notice;
    OwedState state = OwedState::owed;
    std::uint64_t attempts = 0;
    std::optional<base::SystemTime> tried_at; ///< last
    std::optional<base::SystemTime> next_at;  ///< not before; of an owed one that was tried
    std::string detail;                       ///< what came of the last attempt

    bool operator==(const OwedNotice&) const = default;
};

/// What a receiver has not been told.
struct Owing {
    std::uint64_t owed = 0;
    std::optional<base::SystemTime> since; ///< when the oldest of the owed was planned
    std::uint64_t dead = 0;

    bool operator==(const Owing&) const = default;
};

/// What came of an attempt, as judgement sees it.
enum class AttemptResult { delivered, later, refused };

struct Attempt {
    AttemptResult result = AttemptResult::delivered;
    std::string detail;
    std::optional<base::Duration> retry_after; ///< as the receiver asked
};

/// The notice after an attempt: later ones wait 5 s, doubling to 10 min, each by up to a half more as `jitter` (0 to 1)
/// says, or as long as the receiver asked (an hour at most); dead is what was refused, or owed for longer than
/// `give_up_after`.
OwedNotice after_attempt(
    OwedNotice owed, const Attempt& attempt, base::Duration give_up_after, double jitter, base::SystemTime now);

/// In the order in which they were planned, by the number in their ids: what a clock that was set back wrote into them
/// says nothing of it. Of one receiver.
void sort_as_planned(std::vector<OwedNotice>& notices);

} // namespace mailpreflight::core
