#pragma once

#include "core/failure.hpp"
#include "net/certificate.hpp"
#include "net/client_hello.hpp"

#include <optional>
#include <set>

namespace mailpreflight::checks {

/// Did a handshake fail before the server showed a certificate, so that it may be too old for us?
bool may_be_too_old(const core::Failure& failure, const net::CertificateFacts& shown);

/// The failure of a handshake, by what the server answered to hellos up to TLS 1.2 with today's suites, and then with
/// RC4 and 3DES (nothing: not asked, or no answer): which version it speaks at best and the word that accepts it, or
/// that nothing current can speak with it. A version that is accepted already was not the reason.
core::Failure name_old_server(core::Failure failure,
                              const std::set<core::TlsWeakness>& accepted,
                              const std::optional<net::HelloAnswer>& current,
                              const std::optional<net::HelloAnswer>& obsolete);

} // namespace mailpreflight::checks
