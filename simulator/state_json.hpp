#pragma once

#include "simulator/state.hpp"

#include <string>
#include <string_view>

/** The state as JSON: the state file, GET and PUT /state. */
namespace mailpreflight::simulator {

enum class Passwords { shown, left_out };

std::string state_to_json(const State& state, Passwords passwords, TimePoint now);

/**
 * Replaces what the text names and leaves the rest: "server", "directory", "mailboxes", "rights", "oauth", "faults".
 * Lists are replaced whole; an account without "password" keeps the one it had. Throws std::runtime_error with the
 * reason, and then the state is unchanged.
 */
void state_from_json(State& state, std::string_view text, TimePoint now);

/** The single parts, as the control API takes them. All throw std::runtime_error. */
void change_server(ServerSettings& server, std::string_view text);
void change_account(Directory& directory, Account& account, std::string_view text, TimePoint now);
void change_mailbox(Organisation& organisation, const std::string& address, std::string_view text);
void change_rights(Organisation& organisation, std::string_view text);
FaultRule fault_from_json(std::string_view text);

/** Applies what the object names: the token endpoint, its applications, what it says next. */
void change_oauth(OAuthState& oauth, std::string_view text_of_oauth);

} // namespace mailpreflight::simulator
