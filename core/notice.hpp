#pragma once

#include "base/clock.hpp"
#include "core/drift.hpp"
#include "core/plan.hpp"
#include "core/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::core {

/// PagerDuty's four words, in their order.
enum class Severity { info, warning, error, critical };
std::string_view name_of(Severity severity);
std::optional<Severity> severity_named(std::string_view name);

/// What a notice is about; receivers are chosen by it. `rights`: admin rights lost or gained. `blind`: our own
/// blindness. `summary`: what changed while a maintenance window held notices. `held`: what the hourly cap holds back.
enum class NoticeClass { rights, incident, verdict, blind, digest, summary, held, trial };
std::string_view name_of(NoticeClass notice_class);
std::optional<NoticeClass> notice_class_named(std::string_view name);

/// `told`: nothing that begins and ends: a verdict, a digest, a trial.
enum class NoticeStatus { firing, acknowledged, resolved, told };
std::string_view name_of(NoticeStatus status);
std::optional<NoticeStatus> notice_status_named(std::string_view name);

/// A batch that a notice concerns.
struct NoticeBatch {
    std::string name;
    std::optional<Window> window;
    Verdict verdict = Verdict::unknown;
    std::size_t affected = 0; ///< of its mailboxes
    std::size_t listed = 0;

    bool operator==(const NoticeBatch&) const = default;
};

/// One of what is affected.
struct NoticeSample {
    std::string subject; ///< an address, or the source's name
    Check check = Check::source_dns;
    std::optional<base::SystemTime> last_good;

    bool operator==(const NoticeSample&) const = default;
};

/// One thing that is told to one receiver. Complete by itself: what it says is what was known when it was planned, and
/// every attempt at delivery says the same.
struct Notice {
    std::string id; ///< the idempotency key, "I17.3.ops": one of a kind in an installation, the same at every attempt
    std::string receiver;
    std::string group; ///< what belongs together: "I17", "verdict.wave1", "digest"; a thread, a deduplication key
    NoticeClass notice_class = NoticeClass::incident;
    NoticeStatus status = NoticeStatus::told;
    Severity severity = Severity::info;
    std::string reason; ///< why it is told, now: "opened", "12 more than was told", "unacknowledged for 1 h"
    base::SystemTime at;
    std::string source; ///< empty: of no one source
    std::optional<Cause> cause;
    Direction direction = Direction::lost; ///< with a cause
    std::optional<base::SystemTime> since; ///< of an incident
    std::optional<base::SystemTime> ended; ///< of a resolved one
    std::string title;                     ///< one line
    std::string text;                      ///< what, for whom, why: sentences; lines are ended by \n
    std::string remedy;                    ///< commands or sentences; empty: none
    std::size_t subjects = 0;              ///< affected; of a resolved incident: the most at once
    std::size_t subjects_before = 0;       ///< as it was told to this receiver before; 0: not yet
    std::vector<NoticeBatch> batches;
    std::vector<NoticeSample> samples;  ///< up to most_samples
    std::vector<std::string> mailboxes; ///< all that are affected, up to most_attached

    bool operator==(const Notice&) const = default;
};

inline constexpr std::size_t most_samples = 10;
inline constexpr std::size_t most_attached = 10'000;

} // namespace mailpreflight::core
