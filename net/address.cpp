#include "net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace mailpreflight::net {

std::string to_text(const Address& address, unsigned short port) {
    const bool v6 = address.ip.find(':') != std::string::npos;
    return (v6 ? "[" + address.ip + "]" : address.ip) + ":" + std::to_string(port);
}

bool is_address_literal(std::string_view host) {
    const std::string text(host);
    in6_addr bytes{};
    return inet_pton(AF_INET, text.c_str(), &bytes) == 1 || inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

} // namespace mailpreflight::net
