#pragma once

#include "core/guard.hpp"
#include "json/reader.hpp"

namespace mailpreflight::json {

/// {"accepted_at":..,"suspect_since":..,"parked_at":..,"why":..}; what is not is left out
Value to_json(const core::DoorLedger& door);
/// As it is stored: {"fingerprint":..,"accepted_at":..,"parked_at":..,"parked_why":..,"locked_at":..,"refusals":[..],
/// "unanswered":[..],"doors":[{"source":..,"door":"ews",..}],"outstanding":{"source":..,"door":..,"at":..},"forced":true}
Value to_json(const core::AccountLedger& ledger);
/// The same without the fingerprint, which never leaves the machine: for `credential show`.
Value to_json_without_fingerprint(const core::AccountLedger& ledger);

void decode(Reader& reader, core::DoorLedger& door);
void decode(Reader& reader, core::AccountLedger& ledger);

} // namespace mailpreflight::json
