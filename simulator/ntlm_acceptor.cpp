#include "simulator/ntlm_acceptor.hpp"

#include "simulator/leak_pause.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_ntlmssp.h>

#include <array>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace mailpreflight::simulator {

namespace {

// 1.3.6.1.4.1.311.2.2.10 and 1.3.6.1.5.5.2
std::array<unsigned char, 10> ntlm_bytes = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
std::array<unsigned char, 6> spnego_bytes = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
gss_OID_desc ntlm_oid{ntlm_bytes.size(), ntlm_bytes.data()};
gss_OID_desc spnego_oid{spnego_bytes.size(), spnego_bytes.data()};

/** A file in memory, of which gss-ntlmssp reads accounts. Nothing secret touches the disk. */
class KeyFile {
public:
    KeyFile() :
        descriptor_(::memfd_create("ntlm-accounts", MFD_CLOEXEC)),
        path_(fmt::format("/proc/self/fd/{}", descriptor_)) {
        if (descriptor_ < 0) {
            throw std::runtime_error("no memory file for NTLM");
        }
    }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    ~KeyFile() {
        ::close(descriptor_);
    }

    const std::string& path() const {
        return path_;
    }

    /** One account in Samba's form, with the hash: the other form has no place for a colon in a password. */
    void hold(const NtlmAuthenticate& claim, std::string_view password) const {
        const std::string line = fmt::format("{}\\{}:0:{}:{}:[U          ]:LCT-00000000:\n",
                                             claim.domain,
                                             claim.user,
                                             std::string(32, '0'),
                                             to_upper(to_hex(nt_hash(password))));
        if (::ftruncate(descriptor_, 0) != 0 ||
            ::pwrite(descriptor_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
            throw std::runtime_error("cannot write the memory file for NTLM");
        }
    }

private:
    int descriptor_;
    std::string path_;
};

gss_buffer_desc as_buffer(std::string_view text) {
    // GSSAPI has no const; input buffers are only read.
    return {text.size(), const_cast<char*>(text.data())};
}

} // namespace

struct NtlmAcceptor::Impl {
    KeyFile accounts;
    std::string application_data; ///< empty: no bindings
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    std::string challenge_token;

    struct Step {
        OM_uint32 major = GSS_S_FAILURE;
        OM_uint32 flags = 0;
        std::string token;
    };

    Step accept(std::string_view token) {
        gss_channel_bindings_struct bindings{};
        bindings.application_data = as_buffer(application_data);
        gss_buffer_desc input = as_buffer(token);
        gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
        gss_name_t source = GSS_C_NO_NAME;
        OM_uint32 minor = 0;
        Step step;
        const LeakPause pause;
        step.major = gss_accept_sec_context(&minor,
                                            &context,
                                            credential,
                                            &input,
                                            application_data.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings,
                                            &source,
                                            nullptr,
                                            &output,
                                            &step.flags,
                                            nullptr,
                                            nullptr);
        step.token.assign(static_cast<const char*>(output.value), output.length);
        gss_release_buffer(&minor, &output);
        gss_release_name(&minor, &source);
        return step;
    }
};

NtlmAcceptor::NtlmAcceptor(Wrapping wrapping, std::string end_point_hash, const std::string& host) :
    impl_(std::make_unique<Impl>()) {
    if (!end_point_hash.empty()) {
        impl_->application_data = "tls-server-end-point:" + end_point_hash;
    }
    OM_uint32 minor = 0;
    // gss-ntlmssp takes a key file for a server only together with a server's name.
    const std::string own_name = "HTTP@" + (host.empty() ? "localhost" : host);
    gss_buffer_desc service = as_buffer(own_name);
    gss_name_t name = GSS_C_NO_NAME;
    gss_import_name(&minor, &service, GSS_C_NT_HOSTBASED_SERVICE, &name);
    gss_key_value_element_desc element{GSS_NTLMSSP_CS_KEYFILE, impl_->accounts.path().c_str()};
    gss_key_value_set_desc store{1, &element};
    gss_OID_set_desc wanted{1, wrapping == Wrapping::ntlm ? &ntlm_oid : &spnego_oid};
    const LeakPause pause;
    gss_acquire_cred_from(
        &minor, name, GSS_C_INDEFINITE, &wanted, GSS_C_ACCEPT, &store, &impl_->credential, nullptr, nullptr);
    gss_release_name(&minor, &name);
    if (wrapping == Wrapping::spnego && impl_->credential != GSS_C_NO_CREDENTIAL) {
        gss_OID_set_desc inner{1, &ntlm_oid};
        gss_set_neg_mechs(&minor, impl_->credential, &inner);
    }
}

NtlmAcceptor::~NtlmAcceptor() {
    OM_uint32 minor = 0;
    gss_delete_sec_context(&minor, &impl_->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &impl_->credential);
}

std::optional<std::string> NtlmAcceptor::challenge(std::string_view token) {
    if (impl_->context != GSS_C_NO_CONTEXT || impl_->credential == GSS_C_NO_CREDENTIAL) {
        return std::nullopt;
    }
    Impl::Step step = impl_->accept(token);
    if (step.major != GSS_S_CONTINUE_NEEDED || step.token.empty()) {
        return std::nullopt;
    }
    impl_->challenge_token = step.token;
    return std::move(step.token);
}

NtlmAcceptor::Judgement
NtlmAcceptor::judge(std::string_view token, const NtlmAuthenticate& claim, std::string_view password) {
    if (impl_->context == GSS_C_NO_CONTEXT) {
        return {};
    }
    impl_->accounts.hold(claim, password);
    Impl::Step step = impl_->accept(without_missing_version(std::string(token)));
    return {.accepted = step.major == GSS_S_COMPLETE,
            .bound = step.major == GSS_S_COMPLETE && (step.flags & GSS_C_CHANNEL_BOUND_FLAG) != 0,
            .final_token = std::move(step.token)};
}

std::string_view NtlmAcceptor::challenge_message() const {
    return find_ntlm_message(impl_->challenge_token, NtlmMessageType::challenge).value_or(std::string_view());
}

} // namespace mailpreflight::simulator
