#pragma once

#include "base/result.hpp"

#include <gssapi/gssapi.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http::gss {

/// Object identifiers of the mechanisms that we name, in the form that GSSAPI wants.
gss_OID ntlmssp();  ///< 1.3.6.1.4.1.311.2.2.10
gss_OID spnego();   ///< 1.3.6.1.5.5.2
gss_OID kerberos(); ///< 1.2.840.113554.1.2.2

/// A name of GSSAPI's, released with it.
class Name {
public:
    Name() = default;
    ~Name();
    Name(const Name&) = delete;
    Name& operator=(const Name&) = delete;

    OM_uint32 import(std::string& text, gss_OID type, OM_uint32& minor);
    [[nodiscard]] gss_name_t get() const noexcept {
        return name_;
    }

private:
    gss_name_t name_ = GSS_C_NO_NAME;
};

/// The initiator's side of one context.
class Initiator {
public:
    /// `binding`: CertificateFacts::binding, or empty.
    Initiator(gss_OID mechanism, OM_uint32 flags, std::span<const unsigned char> binding);
    ~Initiator();
    Initiator(const Initiator&) = delete;
    Initiator& operator=(const Initiator&) = delete;

    Name& target() noexcept {
        return target_;
    }
    /// The token that answers the acceptor's (empty: the first). It may prove a secret: who gets it wipes it.
    base::Result<std::string> step(gss_cred_id_t credential, std::string_view token, const char* what);
    [[nodiscard]] bool complete() const noexcept {
        return complete_;
    }

private:
    gss_OID mechanism_;
    OM_uint32 flags_;
    std::vector<unsigned char> binding_;
    Name target_;
    gss_ctx_id_t context_ = GSS_C_NO_CONTEXT;
    bool complete_ = false;
};

/// "what: the words of GSSAPI (the words of the mechanism)".
tl::unexpected<base::Error> failure(const char* what, OM_uint32 major, OM_uint32 minor, gss_OID mechanism);

} // namespace mailpreflight::http::gss
