#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st; // OpenSSL's EVP_PKEY

namespace mailpreflight::http {

/// RSASSA-PSS or RSASSA-PKCS1-v1_5, both with SHA-256.
enum class AssertionAlgorithm { ps256, rs256 };

/// "PS256", "RS256"
std::string_view name_of(AssertionAlgorithm algorithm);

/// The certificate and key by which an application proves itself. Copies share them.
class ClientCertificate {
public:
    /// Reads PEM. Refused: what is none, a key with a passphrase, one that is not RSA of 2048 bits or more, and one
    /// that is not the certificate's. The error holds no byte of either.
    static base::Result<ClientCertificate> read(std::string_view certificate_pem, const base::Secret& key_pem);

    /// base64url(SHA-256(DER)): the header's x5t#S256
    [[nodiscard]] const std::string& thumbprint() const noexcept {
        return thumbprint_;
    }
    [[nodiscard]] base::SystemTime not_after() const noexcept {
        return not_after_;
    }
    [[nodiscard]] base::Result<std::string> sign(AssertionAlgorithm algorithm, std::string_view bytes) const;

private:
    ClientCertificate() = default;

    std::shared_ptr<evp_pkey_st> key_;
    std::string thumbprint_;
    base::SystemTime not_after_;
};

/// How long an assertion is good for. Microsoft wants 5 to 10 minutes.
inline constexpr base::Duration assertion_life = std::chrono::minutes(8);

/// Header and payload of one assertion, before they are encoded. Pure.
struct AssertionParts {
    std::string header;
    std::string payload;

    bool operator==(const AssertionParts&) const = default;
};
AssertionParts assertion_parts(AssertionAlgorithm algorithm,
                               const std::string& thumbprint,
                               const std::string& token_url,
                               const std::string& client_id,
                               const std::string& id,
                               base::SystemTime now);

/// One signed assertion with an id of its own, which is used once: whoever has it is the application until it ends.
base::Result<base::Secret> make_assertion(const ClientCertificate& certificate,
                                          AssertionAlgorithm algorithm,
                                          const std::string& token_url,
                                          const std::string& client_id,
                                          base::SystemTime now);

} // namespace mailpreflight::http
