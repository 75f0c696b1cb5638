#pragma once

#include "base/clock.hpp"
#include "core/tls_weakness.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace mailpreflight::net {

/// What we keep of a certificate that a server showed.
struct CertificateFacts {
    std::string subject; ///< RFC 2253 one line
    std::string issuer;
    std::string authority; ///< the issuer's organisation, for authorities rotate their intermediates; else issuer
    std::vector<std::string> names; ///< DNS and IP subject alternative names, lower case
    base::SystemTime not_before;
    base::SystemTime not_after;
    std::string sha256;                 ///< of the DER, lower-case hex
    std::string signature_algorithm;    ///< long name of OpenSSL, "sha256WithRSAEncryption"
    std::string key;                    ///< "RSA 2048", "EC 256", "ED25519 256": kind and bits
    std::string issuer_url;             ///< where the issuer's own certificate lies (AIA caIssuers); empty: not said
    std::vector<unsigned char> binding; ///< "tls-server-end-point:" + hash (RFC 5929 4.1), or empty where undefined
    // Of the connection, not of the certificate.
    std::size_t chain_length = 0;            ///< certificates that the server sent
    std::string tls_version;                 ///< "TLSv1.3"; empty until the handshake is done
    std::set<core::TlsWeakness> legacy_used; ///< without which of the policy's the connection would not stand

    bool operator==(const CertificateFacts&) const = default;
};

/// The facts of one DER certificate (none of the connection); nothing when it is none.
std::optional<CertificateFacts> facts_of_certificate(std::span<const unsigned char> der);

/// The channel binding data of RFC 5929 4.1: the hash of the signature algorithm, SHA-256 in place of MD5 and SHA-1,
/// for RSA-PSS its parameter hash. Empty for EdDSA, for other signatures without a single hash, and for what is no
/// certificate.
std::vector<unsigned char> endpoint_binding(std::span<const unsigned char> der);

/// Is the certificate for `name`: a DNS name by RFC 6125 (wildcards of one whole label), an address literal by its IP
/// names?
bool certificate_covers(std::span<const unsigned char> der, const std::string& name);

} // namespace mailpreflight::net
