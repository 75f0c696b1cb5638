#include "tests/simulator/test_initiator.hpp"

#include "simulator/leak_pause.hpp"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include <array>
#include <stdexcept>

namespace mailpreflight::simulator::testing {

namespace {

std::array<unsigned char, 10> ntlm_bytes = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
std::array<unsigned char, 6> spnego_bytes = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
gss_OID_desc ntlm_oid{ntlm_bytes.size(), ntlm_bytes.data()};
gss_OID_desc spnego_oid{spnego_bytes.size(), spnego_bytes.data()};

gss_buffer_desc as_buffer(std::string_view text) {
    return {text.size(), const_cast<char*>(text.data())};
}

} // namespace

struct TestInitiator::Impl {
    gss_OID mechanism = nullptr;
    std::string binding;
    gss_name_t user = GSS_C_NO_NAME;
    gss_name_t target = GSS_C_NO_NAME;
    gss_cred_id_t ntlm_credential = GSS_C_NO_CREDENTIAL;
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
};

TestInitiator::TestInitiator(Mechanism mechanism,
                             const std::string& user,
                             const std::string& password,
                             std::string binding) :
    impl_(std::make_unique<Impl>()) {
    OM_uint32 minor = 0;
    impl_->mechanism = mechanism == Mechanism::ntlm ? &ntlm_oid : &spnego_oid;
    impl_->binding = std::move(binding);
    gss_buffer_desc name = as_buffer(user);
    gss_buffer_desc service = as_buffer("HTTP@localhost");
    gss_buffer_desc secret = as_buffer(password);
    gss_import_name(&minor, &name, GSS_C_NT_USER_NAME, &impl_->user);
    gss_import_name(&minor, &service, GSS_C_NT_HOSTBASED_SERVICE, &impl_->target);
    gss_OID_set_desc wanted{1, impl_->mechanism};
    const LeakPause pause;
    if (GSS_ERROR(gss_acquire_cred_with_password(&minor,
                                                 impl_->user,
                                                 &secret,
                                                 GSS_C_INDEFINITE,
                                                 &wanted,
                                                 GSS_C_INITIATE,
                                                 &impl_->credential,
                                                 nullptr,
                                                 nullptr))) {
        throw std::runtime_error("no NTLM credential");
    }
    if (mechanism == Mechanism::spnego) {
        gss_OID_set_desc inner{1, &ntlm_oid};
        gss_set_neg_mechs(&minor, impl_->credential, &inner);
    }
}

TestInitiator::~TestInitiator() {
    OM_uint32 minor = 0;
    gss_delete_sec_context(&minor, &impl_->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &impl_->credential);
    gss_release_name(&minor, &impl_->user);
    gss_release_name(&minor, &impl_->target);
}

std::string TestInitiator::step(std::string_view token_from_server) {
    OM_uint32 minor = 0;
    gss_buffer_desc input = as_buffer(token_from_server);
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    gss_channel_bindings_struct bindings{};
    bindings.application_data = as_buffer(impl_->binding);
    const LeakPause pause;
    const OM_uint32 major = gss_init_sec_context(&minor,
                                                 impl_->credential,
                                                 &impl_->context,
                                                 impl_->target,
                                                 impl_->mechanism,
                                                 0,
                                                 GSS_C_INDEFINITE,
                                                 impl_->binding.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings,
                                                 &input,
                                                 nullptr,
                                                 &output,
                                                 nullptr,
                                                 nullptr);
    std::string token(static_cast<const char*>(output.value), output.length);
    gss_release_buffer(&minor, &output);
    if (GSS_ERROR(major)) {
        throw std::runtime_error("GSSAPI refuses to go on");
    }
    return token;
}

} // namespace mailpreflight::simulator::testing
