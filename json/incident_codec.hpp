#pragma once

#include "core/incident.hpp"
#include "json/observation_codec.hpp"

#include <cstddef>
#include <limits>

namespace mailpreflight::json {

/// {"id":"I17","number":17,"source":..,"cause":..,"direction":..,"state":..,"opened_at":..,"updated_at":..,
/// "resolved_at":..,"subject_count":2,"subjects":[{"check":..,"subject":..}],"peak":2,"acknowledged_by":..,"comment":..}.
/// An incident may hold a whole source: give `most_subjects`, or an Incident whose subjects the caller has paged.
Value to_json(const core::Incident& incident, std::size_t most_subjects = std::numeric_limits<std::size_t>::max());

void decode(Reader& reader, core::IncidentState& state);
/// Reads the subjects that are listed; "subject_count" is for readers of the text.
void decode(Reader& reader, core::Incident& incident);

} // namespace mailpreflight::json
