#include "simulator/ntlm_acceptor.hpp"

#include "simulator/text.hpp"

#include <fmt/format.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include <array>
#include <cstdlib>
#include <mutex>
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

/** The file of NTLM_USER_FILE: one for the process, in memory only. */
class UserFile {
public:
    static UserFile& instance() {
        static UserFile file;
        return file;
    }

    /** Runs the function while the file holds this one account. */
    template <typename Function>
    auto with(std::string_view domain, std::string_view user, std::string_view password, Function function) {
        const std::scoped_lock lock(mutex_);
        write(line_for(domain, user, password));
        auto result = function();
        write("\n");
        return result;
    }

private:
    UserFile() :
        descriptor_(::memfd_create("ntlm-users", MFD_CLOEXEC)) {
        if (descriptor_ < 0) {
            throw std::runtime_error("no memory file for NTLM");
        }
        ::setenv("NTLM_USER_FILE", fmt::format("/proc/self/fd/{}", descriptor_).c_str(), 1);
    }

    /** Heimdal's form, or Samba's with the hash for a password that holds the separator. */
    static std::string line_for(std::string_view domain, std::string_view user, std::string_view password) {
        if (password.find(':') == std::string_view::npos) {
            return fmt::format("{}:{}:{}\n", domain, user, password);
        }
        return fmt::format("{}:1000:{}:{}:[U          ]:LCT-00000000:\n", user, std::string(32, 'X'),
                           to_upper(to_hex(nt_hash(password))));
    }

    void write(const std::string& line) const {
        if (::ftruncate(descriptor_, 0) != 0 ||
            ::pwrite(descriptor_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
            throw std::runtime_error("cannot write the memory file for NTLM");
        }
    }

    std::mutex mutex_;
    int descriptor_;
};

gss_buffer_desc as_buffer(std::string_view text) {
    // GSSAPI has no const; input buffers are only read.
    return {text.size(), const_cast<char*>(text.data())};
}

} // namespace

struct NtlmAcceptor::Impl {
    Wrapping wrapping = Wrapping::ntlm;
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
        step.major = gss_accept_sec_context(&minor, &context, credential, &input,
                                            application_data.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings, &source,
                                            nullptr, &output, &step.flags, nullptr, nullptr);
        step.token.assign(static_cast<const char*>(output.value), output.length);
        gss_release_buffer(&minor, &output);
        gss_release_name(&minor, &source);
        return step;
    }
};

NtlmAcceptor::NtlmAcceptor(Wrapping wrapping, std::string end_point_hash) :
    impl_(std::make_unique<Impl>()) {
    UserFile::instance();
    impl_->wrapping = wrapping;
    if (!end_point_hash.empty()) {
        impl_->application_data = "tls-server-end-point:" + end_point_hash;
    }
    gss_OID_set_desc wanted{1, wrapping == Wrapping::ntlm ? &ntlm_oid : &spnego_oid};
    OM_uint32 minor = 0;
    gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &wanted, GSS_C_ACCEPT, &impl_->credential, nullptr, nullptr);
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
    Impl::Step step = UserFile::instance().with(claim.domain, claim.user, password, [&] { return impl_->accept(token); });
    return {.accepted = step.major == GSS_S_COMPLETE,
            .bound = step.major == GSS_S_COMPLETE && (step.flags & GSS_C_CHANNEL_BOUND_FLAG) != 0,
            .final_token = std::move(step.token)};
}

std::string_view NtlmAcceptor::challenge_message() const {
    return find_ntlm_message(impl_->challenge_token, NtlmMessageType::challenge).value_or(std::string_view());
}

} // namespace mailpreflight::simulator
