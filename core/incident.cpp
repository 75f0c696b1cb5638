#include "core/incident.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace mailpreflight::core {

std::string_view name_of(IncidentState state) {
    switch (state) {
    case IncidentState::open:
        return "open";
    case IncidentState::acknowledged:
        return "acknowledged";
    case IncidentState::resolved:
        return "resolved";
    }
    throw std::logic_error("no such incident state");
}

std::optional<IncidentState> incident_state_named(std::string_view name) {
    for (const IncidentState state : {IncidentState::open, IncidentState::acknowledged, IncidentState::resolved}) {
        if (name_of(state) == name) {
            return state;
        }
    }
    return std::nullopt;
}

std::string_view name_of(IncidentChangeKind kind) {
    switch (kind) {
    case IncidentChangeKind::opened:
        return "opened";
    case IncidentChangeKind::grew:
        return "grew";
    case IncidentChangeKind::shrank:
        return "shrank";
    case IncidentChangeKind::resolved:
        return "resolved";
    }
    throw std::logic_error("no such incident change");
}

std::string id_of(const Incident& incident) {
    return fmt::format("I{}", incident.number);
}

Folded fold(const std::vector<Drift>& drift,
            std::vector<Incident> incidents,
            std::uint64_t next_number,
            base::SystemTime now) {
    using FoldKey = std::tuple<std::string, Cause, Direction>;
    std::map<FoldKey, std::set<TrackKey>> present;
    for (const Drift& one : drift) {
        present[{one.key.subject.source, one.cause, one.direction}].insert(one.key);
    }
    Folded folded;
    for (Incident& incident : incidents) {
        if (incident.state == IncidentState::resolved) {
            continue;
        }
        auto node = present.extract({incident.source, incident.cause, incident.direction});
        if (node.empty()) {
            incident.state = IncidentState::resolved;
            incident.resolved_at = now;
            incident.updated_at = now;
            folded.changes.push_back({IncidentChangeKind::resolved, incident.number, incident.subjects.size()});
        } else if (node.mapped() != incident.subjects) {
            const bool grew = !std::includes(
                incident.subjects.begin(), incident.subjects.end(), node.mapped().begin(), node.mapped().end());
            incident.subjects = std::move(node.mapped());
            incident.peak = std::max(incident.peak, incident.subjects.size());
            incident.updated_at = now;
            folded.changes.push_back({grew ? IncidentChangeKind::grew : IncidentChangeKind::shrank,
                                      incident.number,
                                      incident.subjects.size()});
        }
    }
    for (auto& [key, subjects] : present) {
        Incident incident;
        incident.number = next_number++;
        std::tie(incident.source, incident.cause, incident.direction) = key;
        incident.opened_at = now;
        incident.updated_at = now;
        incident.peak = subjects.size();
        incident.subjects = std::move(subjects);
        folded.changes.push_back({IncidentChangeKind::opened, incident.number, incident.peak});
        incidents.push_back(std::move(incident));
    }
    std::sort(
        incidents.begin(), incidents.end(), [](const Incident& a, const Incident& b) { return a.number < b.number; });
    folded.incidents = std::move(incidents);
    return folded;
}

} // namespace mailpreflight::core
