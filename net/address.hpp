#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace mailpreflight::net {

/// One numeric address of a host: "192.0.2.7", "2001:db8::7", "fe80::1%eth0".
struct Address {
    std::string ip;

    auto operator<=>(const Address&) const = default;
};

/// "192.0.2.7:443", "[2001:db8::7]:443".
std::string to_text(const Address& address, unsigned short port);

/// Is it an address literal rather than a name? (No brackets, no zone.)
bool is_address_literal(std::string_view host);

} // namespace mailpreflight::net
