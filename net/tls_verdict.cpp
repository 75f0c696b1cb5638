#include "net/tls_verdict.hpp"

#include "base/text.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>

namespace mailpreflight::net {

namespace {

using core::Cause;

struct Finding {
    Cause cause;
    std::string text;
};

/// From the heaviest down: the cause of a failure is that of its first finding in this order.
int weight(Cause cause) {
    constexpr std::array order{
        Cause::tls_handshake_failed,
        Cause::certificate_name_mismatch,
        Cause::certificate_not_yet_valid,
        Cause::certificate_expired,
        Cause::certificate_untrusted,
        Cause::certificate_self_signed,
        Cause::certificate_pin_mismatch,
    };
    return static_cast<int>(std::find(order.begin(), order.end(), cause) - order.begin());
}

std::string whose(int depth) {
    return depth == 0 ? "the certificate" : "the authority's certificate (" + std::to_string(depth) + " up the chain)";
}

std::string unknown_issuer(const CertificateFacts& certificate) {
    if (certificate.chain_length > 1) {
        return "the authority at the end of the chain that the server sends is not trusted here";
    }
    if (certificate.issuer_url.empty()) {
        return "its issuer " + certificate.issuer +
               " is not known here (unknown authority, or the server does not send the intermediate certificate)";
    }
    return "the server does not send the intermediate certificate: only its own comes, and the issuer " +
           certificate.issuer + " is not known here (its certificate: " + certificate.issuer_url + ")";
}

Finding finding_of(const ChainProblem& problem, const CertificateFacts& certificate) {
    const std::string reason = X509_verify_cert_error_string(problem.code);
    const std::string word = problem.weakness ? advice(*problem.weakness) : "";
    switch (problem.code) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return {Cause::certificate_self_signed, "it is self-signed"};
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return {Cause::certificate_untrusted, "its root authority is not trusted here"};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        return {Cause::certificate_untrusted, unknown_issuer(certificate)};
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return {Cause::certificate_expired,
                problem.depth == 0 ? "it expired on " + base::to_rfc3339(certificate.not_after)
                                   : whose(problem.depth) + " has expired"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return {Cause::certificate_not_yet_valid,
                problem.depth == 0 ? "it is valid from " + base::to_rfc3339(certificate.not_before)
                                   : whose(problem.depth) + " is not valid yet"};
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        return {Cause::tls_handshake_failed, whose(problem.depth) + " has too small a key" + word};
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return {Cause::tls_handshake_failed, whose(problem.depth) + " is signed with too weak a hash" + word};
    default:
        return {Cause::certificate_untrusted, whose(problem.depth) + ": " + reason};
    }
}

/// What a pin makes good: nobody vouches for the certificate but the operator.
bool pin_makes_good(int code) {
    return code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
           code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

std::string for_names(const CertificateFacts& certificate) {
    constexpr std::size_t shown = 5;
    if (certificate.names.empty()) {
        return certificate.subject;
    }
    std::vector<std::string> names(certificate.names.begin(),
                                   certificate.names.begin() +
                                       static_cast<std::ptrdiff_t>(std::min(shown, certificate.names.size())));
    if (certificate.names.size() > shown) {
        names.push_back(std::to_string(certificate.names.size() - shown) + " more");
    }
    return base::join(names, ", ");
}

} // namespace

std::string advice(core::TlsWeakness weakness) {
    return " (accepted by tls.legacy = [\"" + std::string(core::name_of(weakness)) + "\"])";
}

std::optional<core::Failure> judge_certificate(const CertificateFacts& certificate,
                                               const std::vector<ChainProblem>& problems,
                                               bool covers_name,
                                               const Target& target) {
    const auto& pins = target.tls.pin_sha256;
    const bool pinned = std::find(pins.begin(), pins.end(), certificate.sha256) != pins.end();
    std::vector<Finding> findings;
    if (!pins.empty() && !pinned) {
        findings.push_back({Cause::certificate_pin_mismatch, "it is not pinned: its SHA-256 is " + certificate.sha256});
    }
    for (const ChainProblem& problem : problems) {
        // OpenSSL adds this one to each chain that it cannot complete; it says nothing new.
        const bool says_nothing = problem.code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
        const bool accepted = problem.weakness && target.tls.legacy.contains(*problem.weakness);
        if (says_nothing || accepted || (pinned && pin_makes_good(problem.code))) {
            continue;
        }
        findings.push_back(finding_of(problem, certificate));
    }
    if (!covers_name) {
        findings.push_back({Cause::certificate_name_mismatch,
                            "it is for " + for_names(certificate) + ", not for " + expected_name(target)});
    }
    if (findings.empty()) {
        return std::nullopt;
    }
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        return weight(a.cause) > weight(b.cause);
    });
    std::vector<std::string> texts;
    for (const Finding& finding : findings) {
        if (std::find(texts.begin(), texts.end(), finding.text) == texts.end()) {
            texts.push_back(finding.text);
        }
    }
    return core::Failure{core::Stage::tls,
                         findings.front().cause,
                         base::shorten("certificate of " + certificate.subject + ": " + base::join(texts, "; "), 1000),
                         std::nullopt};
}

core::Failure judge_handshake(unsigned long error, const std::string& text) {
    const auto failure = [](Cause cause, std::string detail) {
        return core::Failure{core::Stage::tls, cause, std::move(detail), std::nullopt};
    };
    if (error == 0 || ERR_GET_LIB(error) != ERR_LIB_SSL) {
        return failure(Cause::tls_handshake_failed, text.empty() ? "the server closed the connection" : text);
    }
    const char* const known = ERR_reason_error_string(error);
    const std::string reason = known != nullptr ? known : text;
    switch (ERR_GET_REASON(error)) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
        return failure(Cause::tls_protocol_too_old, reason + advice(core::TlsWeakness::tls10));
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
        return failure(Cause::tls_handshake_failed, reason + advice(core::TlsWeakness::legacy_server_connect));
    case SSL_R_DH_KEY_TOO_SMALL:
        return failure(Cause::tls_handshake_failed, reason + advice(core::TlsWeakness::dh1024));
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
        return failure(Cause::tls_handshake_failed, reason + advice(core::TlsWeakness::rsa1024));
    case SSL_R_CA_MD_TOO_WEAK:
    case SSL_R_WRONG_SIGNATURE_TYPE:
        return failure(Cause::tls_handshake_failed, reason + advice(core::TlsWeakness::sha1_signature));
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
        return failure(Cause::tls_handshake_failed, reason + ": this port does not seem to speak TLS");
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        return failure(Cause::tls_handshake_failed,
                       reason + ": the server finds nothing in common with TLS 1.2 or later and its cipher suites");
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return failure(Cause::tls_handshake_failed, "the server closed the connection");
    default:
        return failure(Cause::tls_handshake_failed, reason);
    }
}

} // namespace mailpreflight::net
