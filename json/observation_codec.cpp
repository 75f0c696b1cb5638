#include "json/observation_codec.hpp"

#include "json/writer.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace mailpreflight::json {

std::string_view name_of(core::SubjectKind kind) {
    switch (kind) {
    case core::SubjectKind::source:
        return "source";
    case core::SubjectKind::address:
        return "address";
    case core::SubjectKind::mailbox:
        return "mailbox";
    }
    throw std::logic_error("no such kind of subject");
}

std::optional<core::SubjectKind> subject_kind_named(std::string_view name) {
    for (const auto kind : {core::SubjectKind::source, core::SubjectKind::address, core::SubjectKind::mailbox}) {
        if (name_of(kind) == name) {
            return kind;
        }
    }
    return std::nullopt;
}

Value to_json(const core::Subject& subject) {
    return Writer()
        .add("kind", name_of(subject.kind))
        .add("source", subject.source)
        .add_unless_empty("name", subject.name)
        .take();
}

Value to_json(const core::TrackKey& key) {
    return Writer().add("check", core::name_of(key.check)).add("subject", to_json(key.subject)).take();
}

Value to_json(const core::StageTiming& timing) {
    return Writer()
        .add("stage", core::name_of(timing.stage))
        .add("ms", Value::number(static_cast<double>(timing.took.count()) / 1000.0))
        .take();
}

Value to_json(const core::Evidence& evidence) {
    Writer writer;
    writer.add_unless_empty("url", evidence.url);
    if (evidence.http_status != 0) {
        writer.add("http_status", evidence.http_status);
    }
    return writer.add_unless_empty("response_code", evidence.response_code)
        .add_unless_empty("message", evidence.message)
        .add_unless_empty("request_id", evidence.request_id)
        .add_unless_empty("client_request_id", evidence.client_request_id)
        .add_unless_empty("front_end", evidence.front_end)
        .add_unless_empty("back_end", evidence.back_end)
        .add_unless_empty("peer", evidence.peer)
        .take();
}

Value to_json(const core::Observation& observation) {
    Writer writer;
    writer.add("check", core::name_of(observation.key.check))
        .add("subject", to_json(observation.key.subject))
        .add("at", observation.at)
        .add("state", core::name_of(observation.state))
        .add("cause", core::code_of(observation.cause))
        .add_unless_empty("detail", observation.detail);
    if (!observation.facts.empty()) {
        writer.add("facts", observation.facts);
    }
    if (!observation.stages.empty()) {
        writer.add("stages", array_of(observation.stages));
    }
    if (observation.evidence != core::Evidence{}) {
        writer.add("evidence", to_json(observation.evidence));
    }
    if (observation.connected_at != base::SystemTime{}) {
        writer.add("connected_at", observation.connected_at);
    }
    return writer.take();
}

void decode(Reader& reader, core::State& state) {
    reader.word(state, core::state_named, "state");
}

void decode(Reader& reader, core::Cause& cause) {
    reader.word(cause, core::cause_coded, "cause");
}

void decode(Reader& reader, core::Check& check) {
    reader.word(check, core::check_named, "check");
}

void decode(Reader& reader, core::Stage& stage) {
    reader.word(stage, core::stage_named, "stage");
}

void decode(Reader& reader, core::SubjectKind& kind) {
    reader.word(kind, subject_kind_named, "kind of subject");
}

void decode(Reader& reader, core::Subject& subject) {
    reader.required("kind", subject.kind);
    reader.required("source", subject.source);
    if (subject.kind == core::SubjectKind::source) {
        reader.optional("name", subject.name);
    } else {
        reader.required("name", subject.name);
    }
}

void decode(Reader& reader, core::TrackKey& key) {
    reader.required("check", key.check);
    reader.required("subject", key.subject);
}

void decode(Reader& reader, core::StageTiming& timing) {
    reader.required("stage", timing.stage);
    double ms = 0;
    reader.required("ms", ms);
    constexpr double most_ms = 1e12; // 31 years; keeps the cast below defined
    if (std::abs(ms) > most_ms) {
        reader.refuse("has an impossible duration");
        return;
    }
    timing.took = base::Duration(std::llround(ms * 1000.0));
}

void decode(Reader& reader, core::Evidence& evidence) {
    reader.optional("url", evidence.url);
    reader.optional("http_status", evidence.http_status);
    reader.optional("response_code", evidence.response_code);
    reader.optional("message", evidence.message);
    reader.optional("request_id", evidence.request_id);
    reader.optional("client_request_id", evidence.client_request_id);
    reader.optional("front_end", evidence.front_end);
    reader.optional("back_end", evidence.back_end);
    reader.optional("peer", evidence.peer);
}

void decode(Reader& reader, core::Observation& observation) {
    decode(reader, observation.key);
    reader.required("at", observation.at);
    reader.required("state", observation.state);
    reader.required("cause", observation.cause);
    reader.optional("detail", observation.detail);
    reader.optional("facts", observation.facts);
    reader.optional("stages", observation.stages);
    reader.optional("evidence", observation.evidence);
    reader.optional("connected_at", observation.connected_at);
}

} // namespace mailpreflight::json
