#include "json/ledger_codec.hpp"

#include "json/observation_codec.hpp"
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
        .add_unless_empty("why", door.why)
        .add("cause", core::code_of(door.cause));
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

Value to_json(const core::ParkedSecret& parked) {
    return Writer()
        .add("fingerprint", parked.fingerprint)
        .add("at", parked.at)
        .add_unless_empty("why", parked.why)
        .add("cause", core::code_of(parked.cause))
        .take();
}

Value to_json(const core::UntoldPresentation& untold) {
    return Writer().add("source", untold.door.source).add("door", untold.door.name).add("at", untold.at).take();
}

Value to_json(const core::Refusal& refusal) {
    return Writer()
        .add("source", refusal.door.source)
        .add("door", refusal.door.name)
        .add("at", refusal.at)
        .add_unless_empty("why", refusal.why)
        .add("cause", core::code_of(refusal.cause))
        .add_unless_empty("evidence", refusal.evidence)
        .take();
}

Value to_json(const core::AccountLedger& ledger) {
    Writer writer;
    writer.add("fingerprint", ledger.fingerprint)
        .add("accepted_at", ledger.accepted_at)
        .add("parked_at", ledger.parked_at)
        .add_unless_empty("parked_why", ledger.parked_why)
        .add("parked_cause", core::code_of(ledger.parked_cause))
        .add("locked_at", ledger.locked_at)
        .add("parked_before", array_of(ledger.parked_before))
        .add("refusals", times(ledger.refusals))
        .add("unanswered", array_of(ledger.unanswered));
    std::vector<Value> doors;
    for (const auto& [door, kept] : ledger.doors) {
        Writer element;
        element.add("source", door.source).add("door", door.name);
        add_door(element, kept);
        doors.push_back(element.take());
    }
    writer.add("doors", Value::array(std::move(doors)));
    if (ledger.outstanding) {
        writer.add("outstanding", to_json(*ledger.outstanding));
    }
    if (ledger.last_refusal) {
        writer.add("last_refusal", to_json(*ledger.last_refusal));
    }
    return writer.add("known", ledger.known).add("forced", ledger.forced).take();
}

Value to_json(const core::SprayBrake::Try& one) {
    return Writer().add("account", one.account).add("at", one.at).take();
}

Value to_json(const core::SprayBrake::Result& result) {
    return Writer().add("account", result.account).add("accepted", result.accepted).take();
}

Value to_json(const core::SprayBrake& brake) {
    return Writer()
        .add("succeeded", brake.succeeded)
        .add("under_way", array_of(brake.under_way))
        .add("refused", array_of(brake.refused))
        .add("unanswered", array_of(brake.unanswered))
        .add("newest", array_of(brake.newest))
        .add("stopped_at", brake.stopped_at)
        .add_unless_empty("why", brake.why)
        .take();
}

void decode(Reader& reader, core::DoorLedger& door) {
    reader.optional("accepted_at", door.accepted_at);
    reader.optional("suspect_since", door.suspect_since);
    reader.optional("parked_at", door.parked_at);
    reader.optional("why", door.why);
    reader.optional("cause", door.cause);
}

void decode(Reader& reader, core::ParkedSecret& parked) {
    reader.required("fingerprint", parked.fingerprint);
    reader.required("at", parked.at);
    reader.optional("why", parked.why);
    reader.optional("cause", parked.cause);
}

void decode(Reader& reader, core::UntoldPresentation& untold) {
    read_door(reader, untold.door);
    reader.required("at", untold.at);
}

void decode(Reader& reader, core::Refusal& refusal) {
    read_door(reader, refusal.door);
    reader.required("at", refusal.at);
    reader.optional("why", refusal.why);
    reader.optional("cause", refusal.cause);
    reader.optional("evidence", refusal.evidence);
}

void decode(Reader& reader, core::AccountLedger& ledger) {
    reader.optional("fingerprint", ledger.fingerprint);
    reader.optional("accepted_at", ledger.accepted_at);
    reader.optional("parked_at", ledger.parked_at);
    reader.optional("parked_why", ledger.parked_why);
    reader.optional("parked_cause", ledger.parked_cause);
    reader.optional("locked_at", ledger.locked_at);
    reader.optional("parked_before", ledger.parked_before);
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
    reader.nested("outstanding", [&](Reader& member) { decode(member, ledger.outstanding.emplace()); });
    reader.optional("last_refusal", ledger.last_refusal);
    reader.optional("known", ledger.known);
    reader.required("forced", ledger.forced);
}

void decode(Reader& reader, core::SprayBrake::Try& one) {
    reader.required("account", one.account);
    reader.required("at", one.at);
}

void decode(Reader& reader, core::SprayBrake::Result& result) {
    reader.required("account", result.account);
    reader.required("accepted", result.accepted);
}

void decode(Reader& reader, core::SprayBrake& brake) {
    // A brake that lost what holds it must not read as a released one.
    reader.required("succeeded", brake.succeeded);
    reader.required("under_way", brake.under_way);
    reader.required("refused", brake.refused);
    reader.required("unanswered", brake.unanswered);
    reader.required("newest", brake.newest);
    reader.optional("stopped_at", brake.stopped_at);
    reader.optional("why", brake.why);
}

} // namespace mailpreflight::json
