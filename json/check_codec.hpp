#pragma once

#include "core/due.hpp"
#include "json/observation_codec.hpp"

namespace mailpreflight::json {

/// {"check":..,"subject":..,"priority":"on_demand","connection_after":..,"run":..}
Value to_json(const core::CheckRequest& request);
/// One row of the catalogue: {"cause":..,"state":..,"certainty":"definitive","mender":..,"sentence":..,"remedy":..};
/// the remedy with its {placeholders}
Value to_json(const core::CauseInfo& info);

void decode(Reader& reader, core::Priority& priority);
void decode(Reader& reader, core::CheckRequest& request);

} // namespace mailpreflight::json
