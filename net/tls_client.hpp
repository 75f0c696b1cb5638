#pragma once

#include "core/failure.hpp"
#include "net/ca_store.hpp"
#include "net/certificate.hpp"
#include "net/tls_policy.hpp"

#include <memory>
#include <optional>
#include <string>

struct ssl_ctx_st; // OpenSSL's SSL_CTX
struct ssl_st;     // OpenSSL's SSL

namespace mailpreflight::net {

/// A client context of TLS 1.2 or later at security level 2 with the policy's authorities, without session
/// resumption; each weakness that the policy accepts opens itself alone. SSL objects made from it verify nothing until
/// a TlsJudge is attached: then the judge decides.
core::Outcome<std::shared_ptr<ssl_ctx_st>> make_client_context(CaStores& stores, const TlsPolicy& policy);

/// Judges the certificate of one server while the handshake runs, and remembers what it saw. It stays where it is and
/// outlives the SSL object that it is attached to. One thread at a time.
class TlsJudge {
public:
    explicit TlsJudge(Target target);
    TlsJudge(const TlsJudge&) = delete;
    TlsJudge& operator=(const TlsJudge&) = delete;

    /// Before the handshake: sets SNI (not for address literals) and takes the decision over.
    void attach(ssl_st* ssl);

    /// The same for whatever SSL object a library makes of this context, which serves this judge alone.
    void attach(ssl_ctx_st* context);

    /// After the handshake succeeded: notes the protocol version and the weaknesses that it stands by.
    void note_established(ssl_st* ssl);

    /// After the handshake failed with `error` (OpenSSL's code, 0: the connection ended): why.
    [[nodiscard]] core::Failure failure(unsigned long error, const std::string& text) const;

    /// What the server showed, also when it was refused; empty when it showed none.
    [[nodiscard]] const CertificateFacts& certificate() const noexcept {
        return certificate_;
    }

private:
    friend struct TlsCallbacks;

    Target target_;
    CertificateFacts certificate_;
    std::optional<core::Failure> refusal_;
};

} // namespace mailpreflight::net
