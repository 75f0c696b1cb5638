#pragma once

#include "core/observation.hpp"
#include "json/reader.hpp"

#include <optional>
#include <string_view>

namespace mailpreflight::json {

/// "source", "address", "mailbox"
std::string_view name_of(core::SubjectKind kind);
std::optional<core::SubjectKind> subject_kind_named(std::string_view name);

/// {"kind":"mailbox","source":"contoso","name":"user@contoso.example"}; a source has no name of its own
Value to_json(const core::Subject& subject);
/// {"check":"mailbox.impersonation","subject":{...}}
Value to_json(const core::TrackKey& key);
/// {"stage":"tls","ms":12.3}
Value to_json(const core::StageTiming& timing);
/// Only what is known.
Value to_json(const core::Evidence& evidence);
/// {"check":..,"subject":..,"at":..,"state":"fail","cause":"impersonation_denied","detail":..,"facts":{..},"stages":[..],
/// "evidence":{..},"connected_at":..}; what is empty is left out
Value to_json(const core::Observation& observation);

void decode(Reader& reader, core::State& state);
void decode(Reader& reader, core::Cause& cause);
void decode(Reader& reader, core::Check& check);
void decode(Reader& reader, core::Stage& stage);
void decode(Reader& reader, core::SubjectKind& kind);
void decode(Reader& reader, core::Subject& subject);
void decode(Reader& reader, core::TrackKey& key);
void decode(Reader& reader, core::StageTiming& timing);
void decode(Reader& reader, core::Evidence& evidence);
void decode(Reader& reader, core::Observation& observation);

} // namespace mailpreflight::json
