#pragma once

#include "core/readiness.hpp"
#include "json/observation_codec.hpp"

namespace mailpreflight::json {

/// {"check":..,"cause":..,"why":..,"count":3,"examples":[..],"remedy":..}
Value to_json(const core::Finding& finding);
/// {"batch":..,"source":..,"verdict":"no_go","judged_at":..,"blockers":[..],"warnings":[..],"unknowns":[..],
/// "mailboxes":50,"passed":49,"failed":1,"unknown":0,"excepted":0,"moved":0,"oldest":..,"not_tested":[..]}
Value to_json(const core::Readiness& readiness);

/// "go", "no_go", "unknown": the code for machines, not the name for people.
void decode(Reader& reader, core::Verdict& verdict);
void decode(Reader& reader, core::Factor& factor);
void decode(Reader& reader, core::Finding& finding);
void decode(Reader& reader, core::Readiness& readiness);

} // namespace mailpreflight::json
