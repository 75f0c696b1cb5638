#include "json/incident_codec.hpp"

#include "json/drift_codec.hpp"
#include "json/writer.hpp"

namespace mailpreflight::json {

Value to_json(const core::Incident& incident, std::size_t most_subjects) {
    std::vector<Value> subjects;
    for (const core::TrackKey& key : incident.subjects) {
        if (subjects.size() == most_subjects) {
            break;
        }
        subjects.push_back(to_json(key));
    }
    std::vector<Value> grown; // fewer than make it speak again
    for (const core::TrackKey& key : incident.grown) {
        grown.push_back(to_json(key));
    }
    Writer writer;
    writer.add("id", core::id_of(incident))
        .add("number", incident.number)
        .add("source", incident.source)
        .add("cause", core::code_of(incident.cause))
        .add("direction", core::name_of(incident.direction))
        .add("state", core::name_of(incident.state))
        .add("opened_at", incident.opened_at)
        .add("updated_at", incident.updated_at)
        .add("resolved_at", incident.resolved_at)
        .add("subject_count", incident.subjects.size())
        .add("subjects", Value::array(std::move(subjects)))
        .add("peak", incident.peak)
        .add_unless_empty("acknowledged_by", incident.acknowledged_by)
        .add_unless_empty("comment", incident.comment)
        .add("acknowledged_until", incident.acknowledged_until);
    if (incident.covered > 0) {
        writer.add("covered", incident.covered);
    }
    if (!grown.empty()) {
        writer.add("grown", Value::array(std::move(grown)));
    }
    return writer.take();
}

void decode(Reader& reader, core::IncidentState& state) {
    reader.word(state, core::incident_state_named, "state of an incident");
}

void decode(Reader& reader, core::Incident& incident) {
    reader.required("number", incident.number);
    reader.required("source", incident.source);
    reader.required("cause", incident.cause);
    reader.required("direction", incident.direction);
    reader.required("state", incident.state);
    reader.required("opened_at", incident.opened_at);
    reader.required("updated_at", incident.updated_at);
    reader.optional("resolved_at", incident.resolved_at);
    reader.each("subjects", [&](Reader& element) {
        core::TrackKey key;
        element.read(key);
        incident.subjects.insert(std::move(key));
    });
    reader.required("peak", incident.peak);
    reader.optional("acknowledged_by", incident.acknowledged_by);
    reader.optional("comment", incident.comment);
    reader.optional("acknowledged_until", incident.acknowledged_until);
    reader.optional("covered", incident.covered);
    reader.each("grown", [&](Reader& element) {
        core::TrackKey key;
        element.read(key);
        incident.grown.insert(std::move(key));
    });
}

} // namespace mailpreflight::json
