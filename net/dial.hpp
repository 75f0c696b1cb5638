#pragma once

#include "base/deadline.hpp"
#include "base/unique_fd.hpp"
#include "core/failure.hpp"
#include "net/address.hpp"

#include <vector>

namespace mailpreflight::net {

/// A connected, non-blocking TCP socket.
struct Dialed {
    base::UniqueFd socket;
    Address address;
};

/// Connects to the addresses in their order until one answers; each gets a fair share of the time that is left. A stop
/// ends it at once. Failure at stage connect, naming what each address said: tcp_refused, tcp_timeout,
/// tcp_unreachable, no_answer ("stopped"), internal_error (no socket to be had on this machine).
core::Outcome<Dialed> dial(const std::vector<Address>& addresses, unsigned short port, const base::Deadline& deadline);

} // namespace mailpreflight::net
