#pragma once

#include "base/clock.hpp"

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
    std::string sha256;                  ///< of the DER, lower-case hex
    std::string signature_algorithm;     ///< long name of OpenSSL, "sha256WithRSAEncryption"
    std::string tls_version;             ///< "TLSv1.3"
    std::vector<unsigned char> binding;  ///< "tls-server-end-point:" + hash (RFC 5929 4.1), or empty where undefined

    bool operator==(const CertificateFacts&) const = default;
};

} // namespace mailpreflight::net
