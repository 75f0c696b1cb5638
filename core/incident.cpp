#include "core/incident.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <tuple>

namespace mailpreflight::core {

namespace {

constexpr std::size_t fewest_grown = 3;

/// What came since an acknowledgement, and what of it went again.
void note_growth(Incident& incident, const std::set<TrackKey>& now) {
    if (incident.state != IncidentState::acknowledged) {
        return;
    }
    for (const TrackKey& key : now) {
        if (!incident.subjects.contains(key)) {
            incident.grown.insert(key);
        }
    }
    std::erase_if(incident.grown, [&](const TrackKey& key) { return !now.contains(key); });
}

bool speaks_again(const Incident& incident, base::SystemTime now, const IsUrgent& is_urgent) {
    if (incident.state != IncidentState::acknowledged) {
        return false;
    }
    const bool is_over = incident.acknowledged_until && *incident.acknowledged_until <= now;
    const bool grew_much = incident.grown.size() >= std::max(fewest_grown, (incident.covered + 9) / 10);
    return is_over || grew_much ||
           (is_urgent && std::any_of(incident.grown.begin(), incident.grown.end(), [&](const TrackKey& key) {
                return is_urgent(key.subject);
            }));
}

} // namespace

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
    case IncidentChangeKind::spoke_again:
        return "spoke_again";
    case IncidentChangeKind::resolved:
        return "resolved";
    }
    throw std::logic_error("no such incident change");
}

std::string id_of(const Incident& incident) {
    return fmt::format("I{}", incident.number);
}

const Incident* find_incident(const std::vector<Incident>& incidents, std::uint64_t number) {
    const auto found = std::find_if(
        incidents.begin(), incidents.end(), [&](const Incident& incident) { return incident.number == number; });
    return found == incidents.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> incident_numbered(std::string_view id) {
    std::uint64_t number = 0;
    if (id.size() < 2 || (id.front() != 'I' && id.front() != 'i')) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
    return error == std::errc() && end == id.data() + id.size() ? std::optional(number) : std::nullopt;
}

Incident acknowledged(Incident incident,
                      const std::string& who,
                      const std::string& comment,
                      std::optional<base::SystemTime> until,
                      base::SystemTime now) {
    incident.state = IncidentState::acknowledged;
    incident.acknowledged_by = who;
    incident.comment = comment;
    incident.acknowledged_until = until;
    incident.covered = incident.subjects.size();
    incident.grown.clear();
    incident.updated_at = now;
    return incident;
}

Folded fold(const std::vector<Drift>& drift,
            std::vector<Incident> incidents,
            std::uint64_t next_number,
            base::SystemTime now,
            const IsUrgent& is_urgent) {
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
            note_growth(incident, node.mapped());
            incident.subjects = std::move(node.mapped());
            incident.peak = std::max(incident.peak, incident.subjects.size());
            incident.updated_at = now;
            folded.changes.push_back({grew ? IncidentChangeKind::grew : IncidentChangeKind::shrank,
                                      incident.number,
                                      incident.subjects.size()});
        }
        if (speaks_again(incident, now, is_urgent)) {
            incident.state = IncidentState::open;
            incident.acknowledged_by.clear();
            incident.acknowledged_until.reset();
            incident.covered = 0;
            incident.grown.clear();
            incident.updated_at = now;
            folded.changes.push_back({IncidentChangeKind::spoke_again, incident.number, incident.subjects.size()});
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
