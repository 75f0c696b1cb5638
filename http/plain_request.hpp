#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "http/lane.hpp"
#include "http/message.hpp"
#include "net/network.hpp"
#include "net/tls_policy.hpp"

namespace mailpreflight::http {

/// What ask_service() does without TLS, by a socket of our own: there are no records whose counting could bound what
/// cpprestsdk reads. The same rules and failures; never at stage tls.
core::Outcome<Response> ask_plainly(net::Network& network,
                                    const net::Target& target,
                                    const Request& request,
                                    const base::Deadline& deadline,
                                    const Limits& limits);

} // namespace mailpreflight::http
