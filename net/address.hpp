#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::net {

/// One numeric address of a host: "192.0.2.7", "2001:db8::7", "fe80::1%eth0".
struct Address {
    std::string ip;

    auto operator<=>(const Address&) const = default;
};

enum class IpVersion { any, v4, v6 };

/// Those of one version, in their order.
std::vector<Address> of_version(std::vector<Address> addresses, IpVersion version);

[[nodiscard]] inline bool is_v6(const Address& address) {
    return address.ip.find(':') != std::string::npos;
}

/// Does this host know a way to that address at all? Asks its routes; sends nothing.
bool has_way_to(const Address& address);

/// The address of ours that a connection to that one is made from; empty where there is no way. Sends nothing.
std::string source_address_to(const Address& address);

/// "192.0.2.7:443", "[2001:db8::7]:443".
std::string to_text(const Address& address, unsigned short port);

/// Is it an address literal rather than a name? (No brackets, no zone.)
bool is_address_literal(std::string_view host);

} // namespace mailpreflight::net
