#pragma once

#include "base/clock.hpp"
#include "checks/access.hpp"
#include "core/due.hpp"
#include "daemon/judge.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace mailpreflight::daemon {

/// How long something took, in buckets that are fixed: a histogram without labels of its own.
struct DurationCounts {
    /// Upper bounds in seconds. From a local answer to the longest request_timeout that makes sense.
    static constexpr std::array bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0};

    std::array<std::uint64_t, bounds.size() + 1> counts{}; ///< each bucket by itself; the last: longer than all bounds
    double sum_seconds = 0;

    void note(base::Duration took);

    bool operator==(const DurationCounts&) const = default;
};

/// What came of a request to look at something: a state, or that nobody looked.
enum class LookOutcome { pass, warn, fail, unknown, withheld };
/// "pass"
std::string_view name_of(LookOutcome outcome);

/// What has happened at one source since the service started.
struct SourceCounts {
    std::map<std::pair<core::Check, LookOutcome>, std::uint64_t> checks;
    std::map<core::Stage, DurationCounts> stages;
    std::map<core::Direction, std::uint64_t> drift; ///< subjects that came into drift
    std::uint64_t certificate_changes = 0;
    std::uint64_t throttled = 0; ///< answers by which the server asked us to slow down
    base::Duration asked_to_wait{0};

    bool operator==(const SourceCounts&) const = default;
};

/// The history that metrics tell and that no state holds. Grows with the sources and the incidents, never with the
/// mailboxes.
struct MetricCounts {
    std::map<std::string, SourceCounts> sources;
    std::map<std::uint64_t, std::size_t> incident_sizes; ///< of those that are not resolved, as they were counted last

    bool operator==(const MetricCounts&) const = default;
};

/// Nothing has happened yet; what is in drift already is not counted again.
MetricCounts counts_from(const State& state);

/// A request was run. Of what one dial told several checks, each stage counts once.
void count_look(MetricCounts& counts, const core::CheckRequest& request, const checks::Looked& looked);
/// A request was not run.
void count_withheld(MetricCounts& counts, const core::CheckRequest& request);
/// A judgement changed something.
void count_news(MetricCounts& counts, const State& state, const News& news);

} // namespace mailpreflight::daemon
