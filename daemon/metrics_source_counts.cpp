#include "daemon/metric_family.hpp"
#include "daemon/metrics.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace mailpreflight::daemon {

namespace {

/// As monitoring people call them; nothing for what is no time on the wire.
std::optional<std::string_view> label_of(core::Stage stage) {
    switch (stage) {
    case core::Stage::resolve:
        return "dns";
    case core::Stage::connect:
        return "tcp";
    case core::Stage::tls:
        return "tls";
    case core::Stage::authenticate:
        return "auth";
    case core::Stage::exchange:
        return "soap";
    case core::Stage::judge:
        return std::nullopt;
    }
    throw std::logic_error("no such stage");
}

} // namespace

MetricFamilies source_count_metrics(const MetricsSight& sight) {
    auto checks = counter("mailpreflight_checks_total",
                          "Checks by what came of them; withheld: nobody looked, because a gate before it was closed, "
                          "or it was cancelled.");
    auto durations = histogram("mailpreflight_check_duration_seconds",
                               "How long the stages of checks took: dns, tcp, tls, auth (the login), soap (the "
                               "request and its answer, whatever the protocol).");
    auto drift = counter("mailpreflight_drift_events_total", "Checks of subjects that came into drift.");
    auto certificates =
        counter("mailpreflight_certificate_changes_total", "Times that another certificate was believed.");
    auto throttled = counter("mailpreflight_throttled_total", "Answers that asked to slow down.");
    auto asked =
        counter("mailpreflight_throttled_wait_seconds_total", "Time that these asked to wait, where they named one.");
    for (const core::SourcePlan& source : sight.state.plan.sources) {
        static const SourceCounts nothing_yet;
        const auto found = sight.counts.sources.find(source.name);
        const SourceCounts& counts = found == sight.counts.sources.end() ? nothing_yet : found->second;
        const Labels labels{{"source", source.name}};
        for (const auto& [what, count] : counts.checks) {
            const auto& [check, outcome] = what;
            add(checks,
                {{"source", source.name},
                 {"check", std::string(core::name_of(check))},
                 {"outcome", std::string(name_of(outcome))}},
                static_cast<double>(count));
        }
        for (const auto& [stage, times] : counts.stages) {
            if (const auto label = label_of(stage)) {
                add(durations, {{"source", source.name}, {"stage", std::string(*label)}}, times);
            }
        }
        // From zero on, so that the first one is a rise.
        for (const core::Direction direction :
             {core::Direction::lost, core::Direction::gained, core::Direction::changed}) {
            const auto events = counts.drift.find(direction);
            add(drift,
                {{"source", source.name}, {"direction", std::string(core::name_of(direction))}},
                events == counts.drift.end() ? 0.0 : static_cast<double>(events->second));
        }
        add(certificates, labels, static_cast<double>(counts.certificate_changes));
        add(throttled, labels, static_cast<double>(counts.throttled));
        add(asked, labels, seconds(counts.asked_to_wait));
    }
    return {std::move(checks),
            std::move(durations),
            std::move(drift),
            std::move(certificates),
            std::move(throttled),
            std::move(asked)};
}

} // namespace mailpreflight::daemon
