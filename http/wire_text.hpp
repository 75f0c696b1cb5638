#pragma once

#include "http/message.hpp"
#include "net/tls_policy.hpp"

#include <string>

namespace mailpreflight::http {

/// Could the request be read otherwise than it is meant? Values come from elsewhere, cookies from the server.
bool is_sendable(const Request& request);

/// The request as it goes on the wire, in one allocation: it may hold secrets and is wiped by the caller.
std::string wire_text(const Request& request, const net::Target& target);

} // namespace mailpreflight::http
