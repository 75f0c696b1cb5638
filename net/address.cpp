#include "net/address.hpp"

#include "base/unique_fd.hpp"

#include <arpa/inet.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

namespace mailpreflight::net {

namespace {

/// A datagram socket that is connected to the address; invalid where there is no way. UDP's connect only picks the
/// route and our own address.
base::UniqueFd routed_socket(const Address& address) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* raw = nullptr;
    if (getaddrinfo(address.ip.c_str(), "443", &hints, &raw) != 0) {
        return {};
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> entry(raw, &freeaddrinfo);
    base::UniqueFd socket(::socket(entry->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.valid() || ::connect(socket.get(), entry->ai_addr, entry->ai_addrlen) != 0) {
        return {};
    }
    return socket;
}

} // namespace

std::string to_text(const Address& address, unsigned short port) {
    return (is_v6(address) ? "[" + address.ip + "]" : address.ip) + ":" + std::to_string(port);
}

std::vector<Address> of_version(std::vector<Address> addresses, IpVersion version) {
    if (version != IpVersion::any) {
        std::erase_if(addresses, [&](const Address& address) { return is_v6(address) != (version == IpVersion::v6); });
    }
    return addresses;
}

std::string source_address_to(const Address& address) {
    const base::UniqueFd socket = routed_socket(address);
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    char name[NI_MAXHOST] = {};
    auto* const generic = reinterpret_cast<sockaddr*>(&own);
    const bool told = socket.valid() && ::getsockname(socket.get(), generic, &size) == 0 &&
                      getnameinfo(generic, size, name, sizeof name, nullptr, 0, NI_NUMERICHOST) == 0;
    return told ? name : "";
}

bool has_way_to(const Address& address) {
    return routed_socket(address).valid();
}

bool is_address_literal(std::string_view host) {
    const std::string text(host);
    in6_addr bytes{};
    return inet_pton(AF_INET, text.c_str(), &bytes) == 1 || inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

} // namespace mailpreflight::net
