#pragma once

#include "core/track.hpp"
#include "json/observation_codec.hpp"

namespace mailpreflight::json {

/// {"first":{observation},"last":{observation}}
Value to_json(const core::Candidate& candidate);
/// {"at":..,"good":..,"cause":..,"front_end":..,"back_end":..}
Value to_json(const core::Answer& answer);
/// {"check":..,"subject":..,"before":..,"after":..,"first_seen":..,"last_good":..}
Value to_json(const core::Transition& transition);

void decode(Reader& reader, core::KeptLook& look);
void decode(Reader& reader, core::Candidate& candidate);
void decode(Reader& reader, core::Answer& answer);
void decode(Reader& reader, core::Transition& transition);

} // namespace mailpreflight::json
