#pragma once

#include "core/batch_record.hpp"
#include "json/reader.hpp"

namespace mailpreflight::json {

/// {"address":..,"at":..,"until":..,"by":..,"reason":..,"withdrawn_at":..,"withdrawn_by":..}
Value to_json(const core::Exception& exception);
/// {"digest":..,"read_at":..,"rows":10,"dropped":4,"added":0,"dropped_examples":[..]}
Value to_json(const core::PendingList& pending);
/// Durations in microseconds.
Value to_json(const core::BatchRecord& record);

void decode(Reader& reader, core::Exception& exception);
void decode(Reader& reader, core::PendingList& pending);
void decode(Reader& reader, core::BatchRecord& record);

} // namespace mailpreflight::json
