#include "json/ledger_codec.hpp"

#include "json/time.hpp"
#include "json/writer.hpp"

namespace mailpreflight::json {

namespace {

Value times(const std::vector<base::SystemTime>& list) {
    std::vector<Value> elements;
    for (const base::SystemTime time : list) {
        elements.push_back(Value::string(exact_rfc3339(time)));
    }
    return Value::array(std::move(elements));
}

void add_door(Writer& writer, const core::DoorLedger& door) {
    writer.add("accepted_at", door.accepted_at)
        .add("suspect_since", door.suspect_since)
        .add("parked_at", door.parked_at)
        .add_unless_empty("why", door.why);
}

void read_door(Reader& reader, core::Door& door) {
    reader.required("source", door.source);
    reader.required("door", door.name);
}

} // namespace

Value to_json(const core::DoorLedger& door) {
    Writer writer;
    add_door(writer, door);
    return writer.take();
}

Value to_json(const core::AccountLedger& ledger) {
    Value value = to_json_without_fingerprint(ledger);
    value["fingerprint"] = Value::string(ledger.fingerprint);
    return value;
}

Value to_json_without_fingerprint(const core::AccountLedger& ledger) {
    Writer writer;
    writer.add("accepted_at", ledger.accepted_at)
        .add("parked_at", ledger.parked_at)
        .add_unless_empty("parked_why", ledger.parked_why)
        .add("locked_at", ledger.locked_at)
        .add("refusals", times(ledger.refusals))
        .add("unanswered", times(ledger.unanswered));
    std::vector<Value> doors;
    for (const auto& [door, kept] : ledger.doors) {
        Writer element;
        element.add("source", door.source).add("door", door.name);
        add_door(element, kept);
        doors.push_back(element.take());
    }
    writer.add("doors", Value::array(std::move(doors)));
    if (ledger.outstanding) {
        writer.add("outstanding",
                   Writer()
                       .add("source", ledger.outstanding->door.source)
                       .add("door", ledger.outstanding->door.name)
                       .add("at", ledger.outstanding->at)
                       .take());
    }
    return writer.add("forced", ledger.forced).take();
}

void decode(Reader& reader, core::DoorLedger& door) {
    reader.optional("accepted_at", door.accepted_at);
    reader.optional("suspect_since", door.suspect_since);
    reader.optional("parked_at", door.parked_at);
    reader.optional("why", door.why);
}

void decode(Reader& reader, core::AccountLedger& ledger) {
    reader.optional("fingerprint", ledger.fingerprint);
    reader.optional("accepted_at", ledger.accepted_at);
    reader.optional("parked_at", ledger.parked_at);
    reader.optional("parked_why", ledger.parked_why);
    reader.optional("locked_at", ledger.locked_at);
    // What holds presentations back is required: a ledger that lost it must not read as a clean one.
    reader.required("refusals", ledger.refusals);
    reader.required("unanswered", ledger.unanswered);
    reader.each("doors", [&](Reader& element) {
        core::Door door;
        core::DoorLedger kept;
        read_door(element, door);
        decode(element, kept);
        ledger.doors.insert_or_assign(std::move(door), std::move(kept));
    });
    reader.nested("outstanding", [&](Reader& member) {
        core::OutstandingPresentation outstanding;
        read_door(member, outstanding.door);
        member.required("at", outstanding.at);
        ledger.outstanding = std::move(outstanding);
    });
    reader.required("forced", ledger.forced);
}

} // namespace mailpreflight::json
