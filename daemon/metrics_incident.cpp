#include "daemon/metric_family.hpp"
#include "daemon/metrics.hpp"

#include <utility>

namespace mailpreflight::daemon {

MetricFamilies incident_metrics(const MetricsSight& sight) {
    using enum core::IncidentState;
    auto totals = gauge("mailpreflight_incidents", "Incidents of the source by state; resolved: those still kept.");
    auto is_open = gauge("mailpreflight_incident_open",
                         "1 while an incident with this cause is open; gone once it is acknowledged or resolved.");
    auto subjects =
        gauge("mailpreflight_incident_subjects", "Checks of subjects in the incident, be it open or acknowledged.");
    for (const core::SourcePlan& source : sight.state.plan.sources) {
        std::map<core::IncidentState, std::size_t> counts{{open, 0}, {acknowledged, 0}, {resolved, 0}};
        for (const core::Incident& incident : sight.state.incidents) {
            if (incident.source != source.name) {
                continue;
            }
            ++counts[incident.state];
            if (incident.state == resolved) {
                continue;
            }
            const Labels labels{{"source", source.name},
                                {"cause", std::string(core::code_of(incident.cause))},
                                {"direction", std::string(core::name_of(incident.direction))}};
            add(subjects, labels, static_cast<double>(incident.subjects.size()));
            if (incident.state == open) {
                add(is_open, labels, 1);
            }
        }
        for (const auto& [state, count] : counts) {
            add(totals,
                {{"source", source.name}, {"state", std::string(core::name_of(state))}},
                static_cast<double>(count));
        }
    }
    return {std::move(totals), std::move(is_open), std::move(subjects)};
}

} // namespace mailpreflight::daemon
