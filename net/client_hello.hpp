#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::net {

/// By their number on the wire.
enum class TlsVersion : std::uint16_t { ssl3 = 0x0300, tls10, tls11, tls12, tls13 };

inline constexpr std::array all_tls_versions{
    TlsVersion::ssl3, TlsVersion::tls10, TlsVersion::tls11, TlsVersion::tls12, TlsVersion::tls13};

/// "SSLv3", "TLSv1.2"
std::string_view name_of(TlsVersion version);

/// Which cipher suites a hand-shaped hello offers: those of today's libraries, RC4 and 3DES, or both.
enum class Suites { current, obsolete, any };

/// A ClientHello that asks what a server speaks, versions and suites included that no current library has. It holds
/// nothing of ours but the name, and no handshake can follow it: there is no key behind it. Up to TLS 1.2 the server
/// is free to choose an older version than `newest`; TLS 1.3 is offered alone. `random` (32 bytes) may be anything.
std::string client_hello(TlsVersion newest, Suites suites, const std::string& server_name, std::string_view random);

/// What a server chose of an offer.
struct ServerChoice {
    TlsVersion version = TlsVersion::tls12;
    std::uint16_t suite = 0;

    bool operator==(const ServerChoice&) const = default;
};

/// A server's answer to such a hello.
struct HelloAnswer {
    std::optional<ServerChoice> choice; ///< nothing: it refused the offer
    std::string said;                   ///< when it refused: "alert 70", "closed the connection", "no TLS"

    bool operator==(const HelloAnswer&) const = default;
};

/// The answer in what was received so far; nothing while it is not complete.
std::optional<HelloAnswer> hello_answer(std::string_view received);

/// "RC4", "3DES"; empty for every other suite.
std::string_view obsolete_cipher(std::uint16_t suite);

} // namespace mailpreflight::net
