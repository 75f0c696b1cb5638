#pragma once

#include "simulator/json_reader.hpp"
#include "simulator/state_json.hpp"

/** The parts of the state's JSON, one source file each. Internal. The readers throw std::runtime_error. */
namespace mailpreflight::simulator {

Json directory_to_json(const Directory& directory, Passwords passwords, TimePoint now);
void read_directory(Directory& directory, const Json& json, TimePoint now);

Json mailbox_to_json(const Mailbox& mailbox);
/** Applies what the object names. Returns whether it asks for a new GUID. */
bool read_mailbox(const Json& json, Mailbox& mailbox);

Json rights_to_json(const Organisation& organisation);
void read_rights(Organisation& organisation, const Json& json);

Json oauth_to_json(const OAuthState& oauth, Passwords passwords);
void read_oauth(OAuthState& oauth, const Json& json);

Json fault_to_json(const FaultRule& rule);
FaultRule read_fault(const Json& json);

} // namespace mailpreflight::simulator
