#pragma once

#include "core/failure.hpp"
#include "net/certificate.hpp"
#include "net/tls_policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::net {

/// One thing that OpenSSL found wrong in a certificate chain.
struct ChainProblem {
    int code = 0;  ///< X509_V_ERR_...
    int depth = 0; ///< 0: the server's own certificate
    /// What would have to be accepted for it to be none; nothing: no word of ours takes it.
    std::optional<core::TlsWeakness> weakness = std::nullopt;

    bool operator==(const ChainProblem&) const = default;
};

/// Whether a source's policy takes what its server showed: nothing, or a failure at stage tls that names every problem.
/// A pin stands in for an unknown authority only: name and time are judged with it, too. A weakness that the policy
/// accepts is no problem.
std::optional<core::Failure> judge_certificate(const CertificateFacts& certificate,
                                               const std::vector<ChainProblem>& problems,
                                               bool covers_name,
                                               const Target& target);

/// Why a handshake failed whose certificate was not the reason. `error` is OpenSSL's error code, 0 when the connection
/// just ended. Where a word of [source.NAME.tls] legacy would help, the detail names it.
core::Failure judge_handshake(unsigned long error, const std::string& text);

/// ` (accepted by tls.legacy = ["rsa1024"])`: what a failure says of the word that would help.
std::string advice(core::TlsWeakness weakness);

} // namespace mailpreflight::net
