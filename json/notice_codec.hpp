#pragma once

#include "core/notice_memory.hpp"
#include "json/observation_codec.hpp"

namespace mailpreflight::json {

void decode(Reader& reader, core::NoticeClass& notice_class);
void decode(Reader& reader, core::NoticeStatus& status);
void decode(Reader& reader, core::Severity& severity);

/// All of a notice, as the outbox keeps it:
/// {"id":..,"receiver":..,"group":..,"class":..,"status":..,"severity":..,...}.
Value to_json(const core::Notice& notice);
void decode(Reader& reader, core::Notice& notice);

/// What planning remembers of a receiver; incidents as [{"number":17,"at":..,"subjects":3}], verdicts by batch.
Value to_json(const core::ReceiverMemory& memory);
void decode(Reader& reader, core::ReceiverMemory& memory);

} // namespace mailpreflight::json
