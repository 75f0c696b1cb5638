#pragma once

#include "core/guard.hpp"
#include "core/spray_brake.hpp"
#include "json/reader.hpp"

namespace mailpreflight::json {

/// {"accepted_at":..,"suspect_since":..,"parked_at":..,"why":..,"cause":..}; what is not is left out
Value to_json(const core::DoorLedger& door);
Value to_json(const core::ParkedSecret& parked);
Value to_json(const core::UntoldPresentation& untold);
Value to_json(const core::Refusal& refusal);
/// As it is stored: {"fingerprint":..,"accepted_at":..,"parked_at":..,"parked_why":..,"locked_at":..,"refusals":[..],
/// "unanswered":[..],"doors":[{"source":..,"door":"ews",..}],"outstanding":{"source":..,"door":..,"at":..},"known":true,
/// "forced":true}
Value to_json(const core::AccountLedger& ledger);
Value to_json(const core::SprayBrake::Try& one);
Value to_json(const core::SprayBrake::Result& result);
/// As it is stored: {"succeeded":true,"under_way":[{"account":..,"at":..}],"refused":[..],"unanswered":[..],
/// "newest":[{"account":..,"accepted":true}],"stopped_at":..,"why":..}
Value to_json(const core::SprayBrake& brake);

void decode(Reader& reader, core::DoorLedger& door);
void decode(Reader& reader, core::ParkedSecret& parked);
void decode(Reader& reader, core::UntoldPresentation& untold);
void decode(Reader& reader, core::Refusal& refusal);
void decode(Reader& reader, core::AccountLedger& ledger);
void decode(Reader& reader, core::SprayBrake::Try& one);
void decode(Reader& reader, core::SprayBrake::Result& result);
void decode(Reader& reader, core::SprayBrake& brake);

} // namespace mailpreflight::json
