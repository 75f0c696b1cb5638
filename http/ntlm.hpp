#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// What GSSAPI makes of a user name and a password, made at the first handshake and shared by all: gss-ntlmssp 1.2
/// leaks 7.6 KB each time that it makes one (measured). Belongs to one name and password. Safe to use from any thread.
class NtlmCredential {
public:
    NtlmCredential();
    ~NtlmCredential();
    NtlmCredential(const NtlmCredential&) = delete;
    NtlmCredential& operator=(const NtlmCredential&) = delete;

private:
    friend class NtlmHandshake;
    struct Made;
    std::unique_ptr<Made> made_;
};

/// The client's side of one raw NTLM handshake, by GSSAPI's NTLMSSP mechanism alone: asking SPNEGO for a credential by
/// password would try the password with Kerberos first, at once. No network is involved, so the calls run on the
/// calling thread. One thread at a time.
class NtlmHandshake {
public:
    /// `username` as DOMAIN\user, user@domain (sent as an enterprise name: the whole of it, without a domain) or user.
    /// `binding` is CertificateFacts::binding; empty: none is sent.
    static base::Result<NtlmHandshake> start(std::shared_ptr<NtlmCredential> credential,
                                             const std::string& username,
                                             const base::Secret& password,
                                             const std::string& host,
                                             std::span<const unsigned char> binding);

    ~NtlmHandshake();
    NtlmHandshake(NtlmHandshake&&) noexcept;
    NtlmHandshake& operator=(NtlmHandshake&&) noexcept;

    /// The message type 1.
    base::Result<std::string> negotiate();
    /// The message type 3 that answers the server's type 2. It proves the password: who gets it wipes it.
    base::Result<std::string> authenticate(std::string_view challenge);

private:
    struct Handles;
    explicit NtlmHandshake(std::unique_ptr<Handles> handles);
    base::Result<std::string> step(std::string_view token, bool last);

    std::unique_ptr<Handles> handles_;
};

} // namespace mailpreflight::http
