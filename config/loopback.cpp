#include "config/loopback.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <charconv>

namespace mailpreflight::config {

namespace {

constexpr const char* expected =
    "expected an address of this host alone and a port: \"127.0.0.1:9480\" or \"[::1]:9480\"";

tl::unexpected<base::Error> refused(std::string_view why) {
    return base::failure(base::ErrorCode::parse, fmt::format("{}; {}", why, expected));
}

enum class Reach { no_address, everybody, this_host };

Reach reach_of(const std::string& ip) {
    in_addr v4{};
    in6_addr v6{};
    if (::inet_pton(AF_INET, ip.c_str(), &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24U) == 127 ? Reach::this_host : Reach::everybody;
    }
    if (::inet_pton(AF_INET6, ip.c_str(), &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6) ? Reach::this_host : Reach::everybody;
    }
    return Reach::no_address;
}

} // namespace

std::string LoopbackAddress::text() const {
    return fmt::format("{}:{}", ip.find(':') == std::string::npos ? ip : "[" + ip + "]", port);
}

base::Result<LoopbackAddress> parse_loopback(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return refused("the port is missing");
    }
    LoopbackAddress address;
    const std::string_view port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size() || address.port == 0) {
        return refused("the port is not a number from 1 to 65535");
    }
    std::string_view host = text.substr(0, colon);
    const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (in_brackets) {
        host = host.substr(1, host.size() - 2);
    }
    address.ip = host;
    // Without brackets the last group of an IPv6 address would be taken for the port.
    if (in_brackets != (host.find(':') != std::string_view::npos)) {
        return refused("the address cannot be read");
    }
    switch (reach_of(address.ip)) {
    case Reach::no_address:
        return refused("the address cannot be read");
    case Reach::everybody:
        return refused("others than this host could reach that address, and nobody is asked who they are");
    case Reach::this_host:
        return address;
    }
    return refused("the address cannot be read");
}

} // namespace mailpreflight::config
