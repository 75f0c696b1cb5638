#pragma once

#include "core/notice.hpp"
#include "core/receiver.hpp"

#include <functional>
#include <set>
#include <string>

namespace mailpreflight::core {

/// How patient a receiver is (conventions 3.3).
struct NoticePace {
    base::Duration wait;     ///< an incident or a verdict must hold so long before it is told
    base::Duration interval; ///< between two notices of one group that say how it grows
    base::Duration repeat;   ///< what nobody acknowledged is said again

    bool operator==(const NoticePace&) const = default;
};

/// What one receiver wants to hear, and how often.
struct NoticePolicy {
    std::string receiver;
    ReceiverKind kind = ReceiverKind::journal;
    std::set<std::string> sources; ///< only these; empty: all
    std::set<std::string> batches; ///< only what concerns these; empty: all
    std::set<NoticeClass> classes; ///< only these; empty: all
    Severity at_least = Severity::info;
    bool resolved = true; ///< says when an incident is over
    NoticePace pace{std::chrono::seconds(60), std::chrono::minutes(10), std::chrono::hours(12)};
    NoticePace urgent{std::chrono::seconds(30), std::chrono::minutes(5), std::chrono::hours(1)}; ///< inside T-24 h
    base::Duration rights_repeat = std::chrono::hours(1);
    std::size_t most_an_hour = 20; ///< but of admin rights; 0: no cap
    /// The newest time at or before the given one at which a digest is due; empty: no digests.
    std::function<base::SystemTime(base::SystemTime)> last_digest;
};

/// A receiver that keeps state by itself hears each incident, never a summary or a cap's word.
bool is_machine(ReceiverKind kind);

} // namespace mailpreflight::core
