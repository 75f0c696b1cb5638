#pragma once

#include "checks/access.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::checks {

/// A login that visits the addresses of a name in turn may go on to the next one when this one did not even ask for a
/// credential: nothing was presented, and what is wrong is wrong with the address. Then `passed_over` has grown.
bool may_try_another(const Access& access,
                     const http::AuthenticatedLane& lane,
                     const core::Outcome<ews::Answer>& answer,
                     std::vector<net::Address>& passed_over,
                     const base::Deadline& deadline);

/// Writes into the source's address book how a login at an address ended (null: accepted).
void note_login(Access& access, const std::string& door, const net::Address& address, const core::Failure* failure);

/// What a refusal comes to that stands alone: another address accepted this secret, and the guard takes the door as
/// suspect only. The address is told, the login is unknown until its next look, which goes to an address that accepts.
std::optional<Looked>
refused_by_one(Access& access, core::Check login, const std::string& door, const core::Failure& failure);

} // namespace mailpreflight::checks
