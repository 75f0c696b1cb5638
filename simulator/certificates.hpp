#pragma once

#include "simulator/state.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mailpreflight::simulator {

/** What a TLS server shows. */
struct TlsIdentity {
    std::string certificate_pem; ///< leaf first
    std::string key_pem;
};

/** A certificate for each choice, of one small authority of our own. */
struct CertificateSet {
    std::string ca_pem;
    std::map<CertificateChoice, TlsIdentity> identities;
};

/**
 * Makes keys and certificates (RSA 2048, SHA-256): DNS:localhost, IP:127.0.0.1 and the given DNS names. Asked again by
 * the same process it gives the same set: keys are slow to make, and tests start many servers.
 */
CertificateSet make_certificates(const std::vector<std::string>& host_names);

/** Writes ca.pem, server.pem (the good leaf) and server.key, the latter with mode 0600. */
void write_certificates(const CertificateSet& set, const std::filesystem::path& directory);

/** Raw hash of the leaf for tls-server-end-point (RFC 5929): its signature's hash, SHA-256 in place of MD5 and SHA-1.
 * Empty where the signature has no hash of its own (EdDSA): there is no such binding then.
 */
std::string end_point_hash(const std::string& certificate_pem);

} // namespace mailpreflight::simulator
