#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// source.dns: what the dial saw of the name.
core::Observation source_dns(const std::string& source,
                             const http::DialReport& report,
                             const core::Failure* failure,
                             const net::Target& target,
                             base::SystemTime now);

/// source.tcp: which address answered. Nothing when the name did not resolve: that gate speaks for itself.
std::optional<core::Observation> source_tcp(const std::string& source,
                                            const http::DialReport& report,
                                            const core::Failure* failure,
                                            const net::Target& target,
                                            base::SystemTime now);

/// tls.certificate: the handshake, chain, name, time and pin; "expires soon" within 21 days, else the weaknesses that
/// the connection stands by.
std::optional<core::Observation> tls_certificate(const std::string& source,
                                                 const http::DialReport& report,
                                                 const core::Failure* failure,
                                                 const net::Target& target,
                                                 base::SystemTime now);

/// The three of one fresh connection.
Looked look_at_connection(Access& access, const base::Deadline& deadline);

/// tls.floor: which TLS versions the source offers, each asked for by a hello on a connection of its own, held against
/// what the destinations accept; and which word of tls.legacy the source no longer needs. No credential is sent.
Looked tls_floor(Access& access, const base::Deadline& deadline);

/// ews.login, and server.version from the same answer.
Looked ews_login(Access& access, const base::Deadline& deadline);

/// owa.login: forms login, a page that only a logged-in user sees, log-off.
Looked owa_login(Access& access, const base::Deadline& deadline);

} // namespace mailpreflight::checks
