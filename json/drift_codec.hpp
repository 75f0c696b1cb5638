#pragma once

#include "core/drift.hpp"
#include "json/observation_codec.hpp"

namespace mailpreflight::json {

/// {"state":..,"cause":..,"facts":{..},"provisional":true,"at":..,"accepted_by":..,"reason":..}
Value to_json(const core::BaselineEntry& entry);
/// {"check":..,"subject":..,"direction":"lost","cause":..,"before":{entry},"after":{observation},"first_seen":..,
/// "last_good":..}
Value to_json(const core::Drift& drift);

void decode(Reader& reader, core::Direction& direction);
void decode(Reader& reader, core::BaselineEntry& entry);
void decode(Reader& reader, core::Drift& drift);

} // namespace mailpreflight::json
