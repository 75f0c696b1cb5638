#include "daemon/metric_family.hpp"
#include "daemon/metrics.hpp"

#include <utility>

namespace mailpreflight::daemon {

namespace {

template <typename Number>
prometheus::MetricFamily single(prometheus::MetricFamily family, Number value) {
    add(family, {}, static_cast<double>(value));
    return family;
}

} // namespace

MetricFamilies service_metrics(const MetricsSight& sight) {
    auto build = gauge("mailpreflight_build_info", "Always 1; the labels say which service this is.");
    add(build, {{"version", sight.version}}, 1);
    auto resident = gauge("process_resident_memory_bytes", "Memory that the service holds.");
    if (sight.process.resident_bytes) {
        add(resident, {}, static_cast<double>(*sight.process.resident_bytes));
    }
    return {
        std::move(build),
        single(gauge("mailpreflight_store_degraded",
                     "1 while nothing can be stored (a full disk, a damaged file): what is owed is kept in memory."),
               sight.state.degraded.empty() ? 0 : 1),
        single(counter("mailpreflight_judge_turns_total", "Turns of the judge."), sight.judge.turns),
        single(counter("mailpreflight_judge_turn_seconds_total", "Time that they took, commits included."),
               seconds(sight.judge.turn_time)),
        single(counter("mailpreflight_judge_commits_total", "Transactions that the judge wrote, or tried to."),
               sight.judge.commits),
        single(counter("mailpreflight_judge_commit_seconds_total", "Time that they took."),
               seconds(sight.judge.commit_time)),
        single(gauge("process_start_time_seconds", "When the service started, as Unix time."),
               seconds(sight.process.started_at)),
        single(counter("process_cpu_seconds_total", "Processor time of the service, user and system."),
               sight.process.cpu_seconds),
        std::move(resident),
    };
}

} // namespace mailpreflight::daemon
