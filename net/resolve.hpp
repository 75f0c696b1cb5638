#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "net/address.hpp"
#include "net/tls_policy.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mailpreflight::net {

/// Looks one name up, blocking for as long as it takes. Called from a worker thread; must not throw.
using Lookup = std::function<core::Outcome<std::vector<Address>>(const std::string& host)>;

/// getaddrinfo: every IPv4 and IPv6 address of the name in the order of RFC 6724, each once.
core::Outcome<std::vector<Address>> system_lookup(const std::string& host);

/// Name resolution that keeps its deadline although getaddrinfo keeps none: lookups run on at most four worker threads,
/// the caller waits until its deadline and goes. Equal names in flight are looked up once. Safe to call from any
/// thread. The destructor abandons workers that hang in a lookup: a process may end although getaddrinfo does not.
class Resolver {
public:
    static constexpr std::size_t most_workers = 4;

    explicit Resolver(Lookup lookup = system_lookup);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// At least one address, or a failure at stage resolve: dns_not_found, dns_timeout, no_answer ("stopped"). An
    /// address literal is its own answer.
    core::Outcome<std::vector<Address>> resolve(const std::string& host, const base::Deadline& deadline);

    /// The addresses of a target: its own list, or those of its name, of the version that is wanted. Failure also when
    /// the name has none of that version, naming what it has.
    core::Outcome<std::vector<Address>> resolve(const Target& target, const base::Deadline& deadline);

private:
    struct State;
    std::shared_ptr<State> state_; ///< shared with the workers, which may outlive this object
};

} // namespace mailpreflight::net
