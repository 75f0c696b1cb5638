#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "net/client_hello.hpp"
#include "net/network.hpp"
#include "net/tls_policy.hpp"

namespace mailpreflight::net {

/// What the target's server answers to client_hello() on a connection of its own, which is closed then. A server that
/// closes or resets it refused the offer. Failure: stage resolve or connect with its cause, stage tls with no_answer
/// for silence or, with detail "stopped", for a stop.
core::Outcome<HelloAnswer>
ask_hello(Network& network, const Target& target, TlsVersion newest, Suites suites, const base::Deadline& deadline);

} // namespace mailpreflight::net
