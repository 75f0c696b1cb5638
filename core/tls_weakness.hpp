#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace mailpreflight::core {

/// One weakness of an old server's TLS that an operator may accept knowingly, by its word in [source.NAME.tls] legacy.
/// From the worst down: the first that is no longer needed is the first that one wants to hear of.
enum class TlsWeakness {
    tls10,                 ///< TLS 1.0 or 1.1
    tls11,                 ///< TLS 1.1
    legacy_server_connect, ///< no secure renegotiation (RFC 5746)
    sha1_signature,        ///< a certificate, or the server's part of the handshake, signed with SHA-1
    rsa1024,               ///< an RSA key of 1024 to 2047 bits in a certificate
    dh1024,                ///< a Diffie-Hellman group of 1024 to 2047 bits
};

inline constexpr std::array all_tls_weaknesses{
    TlsWeakness::tls10,
    TlsWeakness::tls11,
    TlsWeakness::legacy_server_connect,
    TlsWeakness::sha1_signature,
    TlsWeakness::rsa1024,
    TlsWeakness::dh1024,
};

/// "legacy-server-connect"
std::string_view name_of(TlsWeakness weakness);
std::optional<TlsWeakness> tls_weakness_named(std::string_view name);

} // namespace mailpreflight::core
