#include "json/drift_codec.hpp"

#include "json/writer.hpp"

namespace mailpreflight::json {

Value to_json(const core::BaselineEntry& entry) {
    Writer writer;
    writer.add("state", core::name_of(entry.state)).add("cause", core::code_of(entry.cause));
    if (!entry.facts.empty()) {
        writer.add("facts", entry.facts);
    }
    return writer.add("provisional", entry.provisional)
        .add("at", entry.at)
        .add_unless_empty("accepted_by", entry.accepted_by)
        .add_unless_empty("reason", entry.reason)
        .take();
}

Value to_json(const core::Drift& drift) {
    return Writer()
        .add("check", core::name_of(drift.key.check))
        .add("subject", to_json(drift.key.subject))
        .add("direction", core::name_of(drift.direction))
        .add("cause", core::code_of(drift.cause))
        .add("before", to_json(drift.before))
        .add("after", to_json(drift.after))
        .add("first_seen", drift.first_seen)
        .add("last_good", drift.last_good)
        .take();
}

void decode(Reader& reader, core::Direction& direction) {
    reader.word(direction, core::direction_named, "direction");
}

void decode(Reader& reader, core::BaselineEntry& entry) {
    reader.required("state", entry.state);
    reader.required("cause", entry.cause);
    reader.optional("facts", entry.facts);
    reader.required("provisional", entry.provisional);
    reader.required("at", entry.at);
    reader.optional("accepted_by", entry.accepted_by);
    reader.optional("reason", entry.reason);
}

void decode(Reader& reader, core::Drift& drift) {
    decode(reader, drift.key);
    reader.required("direction", drift.direction);
    reader.required("cause", drift.cause);
    reader.required("before", drift.before);
    reader.required("after", drift.after);
    reader.required("first_seen", drift.first_seen);
    reader.optional("last_good", drift.last_good);
}

} // namespace mailpreflight::json
