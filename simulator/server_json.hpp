#pragma once

#include "simulator/json_reader.hpp"
#include "simulator/state.hpp"

/** The "server" part of the state's JSON. Internal. */
namespace mailpreflight::simulator {

Json server_to_json(const ServerSettings& server);
/** Applies what the object names. Throws std::runtime_error; the settings may then be half changed. */
void read_server(ServerSettings& server, const Json& json);

} // namespace mailpreflight::simulator
