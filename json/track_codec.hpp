#pragma once

#include "core/track.hpp"
#include "json/observation_codec.hpp"

namespace mailpreflight::json {

/// {"first":{observation},"last":{observation}}
Value to_json(const core::Candidate& candidate);
/// {"latest":..,"definite":..,"confirmed":..,"confirmed_since":..,"last_good":..,"candidate":..}; what is not is left
/// out
Value to_json(const core::Track& track);
/// {"check":..,"subject":..,"before":..,"after":..,"first_seen":..,"last_good":..}
Value to_json(const core::Transition& transition);

void decode(Reader& reader, core::Candidate& candidate);
void decode(Reader& reader, core::Track& track);
void decode(Reader& reader, core::Transition& transition);

} // namespace mailpreflight::json
