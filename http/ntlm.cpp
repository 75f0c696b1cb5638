#include "http/ntlm.hpp"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <openssl/crypto.h>

#include <array>
#include <mutex>
#include <utility>
#include <vector>

namespace mailpreflight::http {

namespace {

using base::ErrorCode;

/// 1.3.6.1.4.1.311.2.2.10
gss_OID ntlmssp() {
    static std::array<unsigned char, 10> bytes{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
    static gss_OID_desc oid{static_cast<OM_uint32>(bytes.size()), bytes.data()};
    return &oid;
}

class Buffer {
public:
    Buffer() = default;
    ~Buffer() {
        if (buffer_.value != nullptr) {
            OPENSSL_cleanse(buffer_.value, buffer_.length);
        }
        OM_uint32 minor = 0;
        gss_release_buffer(&minor, &buffer_);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    gss_buffer_t get() {
        return &buffer_;
    }
    [[nodiscard]] std::string text() const {
        return buffer_.length == 0 ? std::string()
                                   : std::string(static_cast<const char*>(buffer_.value), buffer_.length);
    }

private:
    gss_buffer_desc buffer_ = GSS_C_EMPTY_BUFFER;
};

class Name {
public:
    Name() = default;
    ~Name() {
        OM_uint32 minor = 0;
        gss_release_name(&minor, &name_);
    }
    Name(const Name&) = delete;
    Name& operator=(const Name&) = delete;

    OM_uint32 import(std::string& text, gss_OID type, OM_uint32& minor) {
        gss_buffer_desc buffer{text.size(), text.data()};
        return gss_import_name(&minor, &buffer, type, &name_);
    }
    [[nodiscard]] gss_name_t get() const {
        return name_;
    }

private:
    gss_name_t name_ = GSS_C_NO_NAME;
};

std::string described(OM_uint32 status, int kind) {
    std::string text;
    OM_uint32 more = 0;
    do {
        OM_uint32 minor = 0;
        Buffer part;
        if (GSS_ERROR(gss_display_status(&minor, status, kind, ntlmssp(), &more, part.get()))) {
            break;
        }
        text += (text.empty() ? "" : ", ") + part.text();
    } while (more != 0);
    return text;
}

tl::unexpected<base::Error> gss_failure(const char* what, OM_uint32 major, OM_uint32 minor) {
    std::string text = described(major, GSS_C_GSS_CODE);
    if (minor != 0) {
        text += " (" + described(minor, GSS_C_MECH_CODE) + ")";
    }
    return base::failure(ErrorCode::internal, what, std::move(text));
}

/// A user principal name goes whole and without a domain, as Windows sends it: its suffix need not be a real domain.
std::string gss_name_of(const std::string& username) {
    const bool upn = username.find('@') != std::string::npos && username.find('\\') == std::string::npos;
    return upn ? "\\" + username : username;
}

base::Result<gss_cred_id_t> make_credential(const std::string& username, const base::Secret& password) {
    OM_uint32 minor = 0;
    Name user;
    std::string user_text = gss_name_of(username);
    if (const OM_uint32 major = user.import(user_text, GSS_C_NT_USER_NAME, minor); GSS_ERROR(major)) {
        return gss_failure("the user name cannot be used for NTLM", major, minor);
    }
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    const OM_uint32 major = password.expose_to([&](std::string_view text) {
        std::string copy(text); // gss-ntlmssp reads it as a C string: the terminating NUL is needed
        gss_buffer_desc buffer{copy.size(), copy.data()};
        gss_OID_set_desc only_ntlm{1, ntlmssp()};
        const OM_uint32 result = gss_acquire_cred_with_password(
            &minor, user.get(), &buffer, GSS_C_INDEFINITE, &only_ntlm, GSS_C_INITIATE, &credential, nullptr, nullptr);
        base::wipe(copy);
        return result;
    });
    if (GSS_ERROR(major)) {
        return gss_failure("no NTLM credential", major, minor);
    }
    return credential;
}

} // namespace

struct NtlmCredential::Made {
    ~Made() {
        OM_uint32 minor = 0;
        gss_release_cred(&minor, &credential);
    }

    std::mutex mutex;
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL; ///< once made, only read
};

NtlmCredential::NtlmCredential() :
    made_(std::make_unique<Made>()) {}

NtlmCredential::~NtlmCredential() = default;

struct NtlmHandshake::Handles {
    ~Handles() {
        OM_uint32 minor = 0;
        gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    }

    std::shared_ptr<NtlmCredential> owner; ///< of the credential
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    Name target;
    std::vector<unsigned char> binding;
};

NtlmHandshake::NtlmHandshake(std::unique_ptr<Handles> handles) :
    handles_(std::move(handles)) {}

NtlmHandshake::~NtlmHandshake() = default;
NtlmHandshake::NtlmHandshake(NtlmHandshake&&) noexcept = default;
NtlmHandshake& NtlmHandshake::operator=(NtlmHandshake&&) noexcept = default;

base::Result<NtlmHandshake> NtlmHandshake::start(std::shared_ptr<NtlmCredential> credential,
                                                 const std::string& username,
                                                 const base::Secret& password,
                                                 const std::string& host,
                                                 std::span<const unsigned char> binding) {
    auto handles = std::make_unique<Handles>();
    OM_uint32 minor = 0;
    std::string target_text = "HTTP@" + host;
    if (const OM_uint32 major = handles->target.import(target_text, GSS_C_NT_HOSTBASED_SERVICE, minor);
        GSS_ERROR(major)) {
        return gss_failure("the host cannot be used for NTLM", major, minor);
    }
    {
        const std::lock_guard lock(credential->made_->mutex);
        if (credential->made_->credential == GSS_C_NO_CREDENTIAL) {
            auto made = make_credential(username, password);
            if (!made) {
                return tl::unexpected(std::move(made.error()));
            }
            credential->made_->credential = *made;
        }
        handles->credential = credential->made_->credential;
    }
    handles->owner = std::move(credential);
    handles->binding.assign(binding.begin(), binding.end());
    return NtlmHandshake(std::move(handles));
}

base::Result<std::string> NtlmHandshake::negotiate() {
    return step({}, false);
}

base::Result<std::string> NtlmHandshake::authenticate(std::string_view challenge) {
    return step(challenge, true);
}

base::Result<std::string> NtlmHandshake::step(std::string_view token, bool last) {
    std::string token_text(token);
    gss_buffer_desc input{token_text.size(), token_text.data()};
    gss_channel_bindings_struct bindings{}; // gss-ntlmssp insists on zeros in all but the application data
    bindings.application_data = {handles_->binding.size(), handles_->binding.data()};
    Buffer output;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_init_sec_context(&minor,
                                                 handles_->credential,
                                                 &handles_->context,
                                                 handles_->target.get(),
                                                 ntlmssp(),
                                                 0,
                                                 GSS_C_INDEFINITE,
                                                 handles_->binding.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings,
                                                 token.empty() ? GSS_C_NO_BUFFER : &input,
                                                 nullptr,
                                                 output.get(),
                                                 nullptr,
                                                 nullptr);
    if (GSS_ERROR(major)) {
        return gss_failure(last ? "the server's NTLM challenge cannot be answered" : "no NTLM message", major, minor);
    }
    if (std::string text = output.text(); !text.empty()) {
        return text;
    }
    return base::failure(ErrorCode::internal, "GSSAPI made no NTLM message");
}

} // namespace mailpreflight::http
