#pragma once

#include "base/result.hpp"
#include "http/kerberos.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// The client's side of one SPNEGO handshake with a Kerberos ticket and nothing else (RFC 4178, 4559): mutual
/// authentication is asked for. The ticket is at hand, so no network is involved. One thread at a time.
class SpnegoHandshake {
public:
    /// `binding` is CertificateFacts::binding; empty: none is sent.
    static base::Result<SpnegoHandshake> start(const KerberosTicket& ticket, std::span<const unsigned char> binding);

    ~SpnegoHandshake();
    SpnegoHandshake(SpnegoHandshake&&) noexcept;
    SpnegoHandshake& operator=(SpnegoHandshake&&) noexcept;

    /// The token that answers the server's (empty: the first); empty when nothing is left to say.
    base::Result<std::string> step(std::string_view token);
    /// Has the server proved itself, too?
    [[nodiscard]] bool complete() const;

private:
    struct Handles;
    explicit SpnegoHandshake(std::unique_ptr<Handles> handles);

    std::unique_ptr<Handles> handles_;
};

} // namespace mailpreflight::http
