#pragma once

#include "base/clock.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailpreflight::net {

/// What we keep of a certificate that a server showed.
struct CertificateFacts {
    std::string subject; ///< RFC 2253 one line
    std::string issuer;
    std::vector<std::string> names; ///< DNS and IP subject alternative names, lower case
    base::SystemTime not_before;
    base::SystemTime not_after;
    std::string sha256;                 ///< of the DER, lower-case hex
    std::string signature_algorithm;    ///< long name of OpenSSL, "sha256WithRSAEncryption"
    std::string tls_version;            ///< "TLSv1.3"; empty until the handshake is done
    std::vector<unsigned char> binding; ///< "tls-server-end-point:" + hash (RFC 5929 4.1), or empty where undefined

    bool operator==(const CertificateFacts&) const = default;
};

/// The facts of one DER certificate (all but tls_version); nothing when it is none.
std::optional<CertificateFacts> facts_of_certificate(std::span<const unsigned char> der);

/// The channel binding data of RFC 5929 4.1: the hash of the signature algorithm, SHA-256 in place of MD5 and SHA-1,
/// for RSA-PSS its parameter hash. Empty for EdDSA, for other signatures without a single hash, and for what is no
/// certificate.
std::vector<unsigned char> endpoint_binding(std::span<const unsigned char> der);

/// Is the certificate for `name`: a DNS name by RFC 6125 (wildcards of one whole label), an address literal by its IP
/// names?
bool certificate_covers(std::span<const unsigned char> der, const std::string& name);

} // namespace mailpreflight::net
