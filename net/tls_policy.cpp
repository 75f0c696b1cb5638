#include "net/tls_policy.hpp"

#include "net/address.hpp"

namespace mailpreflight::net {

std::string expected_name(const Target& target) {
    return target.tls.server_name.empty() ? target.host : target.tls.server_name;
}

std::string service_host(const Target& target) {
    return is_address_literal(target.host) ? expected_name(target) : target.host;
}

} // namespace mailpreflight::net
