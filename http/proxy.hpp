#pragma once

#include "base/deadline.hpp"
#include "core/credential_gate.hpp"
#include "core/failure.hpp"
#include "net/dial.hpp"
#include "net/network.hpp"
#include "net/tls_policy.hpp"

#include <memory>
#include <string>

namespace mailpreflight::http {

struct DialReport;
struct Identity;

/// The HTTP proxy that a source is reached through. It connects; TLS, its names and channel bindings stay the source's.
struct Proxy {
    std::string host; ///< name or address literal
    unsigned short port = 3128;
    net::IpVersion ip_version = net::IpVersion::any;
    std::string user_agent;
    bool has_login = false;                        ///< an account logs in where the proxy asks for it
    std::shared_ptr<const Identity> identity = {}; ///< of that account; null: its secret could not be read
    std::string identity_problem = {};             ///< why not
    core::CredentialGate* gate = nullptr;          ///< of has_login: each login is a presentation
    core::Door door = {};
};

/// "proxy.example:3128"
std::string name_of(const Proxy& proxy);

/// Asks the proxy for a connection to host and port of the target, by CONNECT; no more is sent than that. Only where it
/// answers 407 and offers Basic is its login presented, once, on a new connection, under the guard. `report` gets the
/// addresses of the proxy and the one that answered. Failure: stage resolve or connect with proxy_unreachable; stage
/// connect with proxy_refused, proxy_login_refused, what the gate said, or as a stop ends it, no_answer.
core::Outcome<net::Dialed> connect_through(net::Network& network,
                                           const Proxy& proxy,
                                           const net::Target& target,
                                           const base::Deadline& deadline,
                                           DialReport& report);

} // namespace mailpreflight::http
