#include "http/spnego.hpp"

#include "http/gss.hpp"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include <utility>

namespace mailpreflight::http {

struct SpnegoHandshake::Handles {
    Handles(std::shared_ptr<const TicketCache> held, std::span<const unsigned char> binding) :
        cache(std::move(held)),
        initiator(gss::spnego(), GSS_C_MUTUAL_FLAG, binding) {}
    ~Handles() {
        OM_uint32 minor = 0;
        gss_release_cred(&minor, &credential);
    }
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;

    std::shared_ptr<const TicketCache> cache;
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss::Initiator initiator;
};

SpnegoHandshake::SpnegoHandshake(std::unique_ptr<Handles> handles) :
    handles_(std::move(handles)) {}

SpnegoHandshake::~SpnegoHandshake() = default;
SpnegoHandshake::SpnegoHandshake(SpnegoHandshake&&) noexcept = default;
SpnegoHandshake& SpnegoHandshake::operator=(SpnegoHandshake&&) noexcept = default;

base::Result<SpnegoHandshake> SpnegoHandshake::start(const KerberosTicket& ticket,
                                                     std::span<const unsigned char> binding) {
    auto handles = std::make_unique<Handles>(ticket.cache, binding);
    OM_uint32 minor = 0;
    std::string service = ticket.service;
    // By this type of name GSSAPI turns no host name into another.
    if (const OM_uint32 major = handles->initiator.target().import(service, GSS_KRB5_NT_PRINCIPAL_NAME, minor);
        GSS_ERROR(major)) {
        return gss::failure("the service cannot be named", major, minor, gss::kerberos());
    }
    gss_key_value_element_desc element{"ccache", ticket.cache->name().c_str()};
    gss_key_value_set_desc store{1, &element};
    gss_OID_set_desc wanted{1, gss::spnego()};
    OM_uint32 major = gss_acquire_cred_from(&minor,
                                            GSS_C_NO_NAME,
                                            GSS_C_INDEFINITE,
                                            &wanted,
                                            GSS_C_INITIATE,
                                            &store,
                                            &handles->credential,
                                            nullptr,
                                            nullptr);
    if (!GSS_ERROR(major)) {
        gss_OID_set_desc inner{1, gss::kerberos()};
        major = gss_set_neg_mechs(&minor, handles->credential, &inner);
    }
    if (GSS_ERROR(major)) {
        return gss::failure("the ticket cannot be used", major, minor, gss::kerberos());
    }
    return SpnegoHandshake(std::move(handles));
}

base::Result<std::string> SpnegoHandshake::step(std::string_view token) {
    return handles_->initiator.step(handles_->credential, token, "the server's token cannot be answered");
}

bool SpnegoHandshake::complete() const {
    return handles_->initiator.complete();
}

} // namespace mailpreflight::http
