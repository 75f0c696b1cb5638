#pragma once

#include "net/ca_store.hpp"
#include "net/resolve.hpp"

namespace mailpreflight::net {

/// What all connections of a program share: the resolver's workers and the loaded authorities. The composition root
/// makes one; it outlives every call that it is passed to, not the lanes. Safe to use from any thread.
class Network {
public:
    explicit Network(Lookup lookup = system_lookup) :
        resolver_(std::move(lookup)) {}

    Resolver& resolver() noexcept {
        return resolver_;
    }
    CaStores& ca_stores() noexcept {
        return ca_stores_;
    }

private:
    Resolver resolver_;
    CaStores ca_stores_;
};

} // namespace mailpreflight::net
