#include "http/ntlm.hpp"

#include "http/gss.hpp"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include <mutex>
#include <utility>

namespace mailpreflight::http {

namespace {

using base::ErrorCode;

/// A user principal name goes whole and without a domain, as Windows sends it: its suffix need not be a real domain.
std::string gss_name_of(const std::string& username) {
    const bool upn = username.find('@') != std::string::npos && username.find('\\') == std::string::npos;
    return upn ? "\\" + username : username;
}

base::Result<gss_cred_id_t> make_credential(const std::string& username, const base::Secret& password) {
    OM_uint32 minor = 0;
    gss::Name user;
    std::string user_text = gss_name_of(username);
    if (const OM_uint32 major = user.import(user_text, GSS_C_NT_USER_NAME, minor); GSS_ERROR(major)) {
        return gss::failure("the user name cannot be used for NTLM", major, minor, gss::ntlmssp());
    }
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    const OM_uint32 major = password.expose_to([&](std::string_view text) {
        std::string copy(text); // gss-ntlmssp reads it as a C string: the terminating NUL is needed
        gss_buffer_desc buffer{copy.size(), copy.data()};
        gss_OID_set_desc only_ntlm{1, gss::ntlmssp()};
        const OM_uint32 result = gss_acquire_cred_with_password(
            &minor, user.get(), &buffer, GSS_C_INDEFINITE, &only_ntlm, GSS_C_INITIATE, &credential, nullptr, nullptr);
        base::wipe(copy);
        return result;
    });
    if (GSS_ERROR(major)) {
        return gss::failure("no NTLM credential", major, minor, gss::ntlmssp());
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
    explicit Handles(std::span<const unsigned char> binding) :
        initiator(gss::ntlmssp(), 0, binding) {}

    std::shared_ptr<NtlmCredential> owner; ///< of the credential
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss::Initiator initiator;
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
    auto handles = std::make_unique<Handles>(binding);
    OM_uint32 minor = 0;
    std::string target_text = "HTTP@" + host;
    if (const OM_uint32 major = handles->initiator.target().import(target_text, GSS_C_NT_HOSTBASED_SERVICE, minor);
        GSS_ERROR(major)) {
        return gss::failure("the host cannot be used for NTLM", major, minor, gss::ntlmssp());
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
    return NtlmHandshake(std::move(handles));
}

base::Result<std::string> NtlmHandshake::negotiate() {
    return step({}, false);
}

base::Result<std::string> NtlmHandshake::authenticate(std::string_view challenge) {
    return step(challenge, true);
}

base::Result<std::string> NtlmHandshake::step(std::string_view token, bool last) {
    auto message = handles_->initiator.step(
        handles_->credential, token, last ? "the server's NTLM challenge cannot be answered" : "no NTLM message");
    if (message && message->empty()) {
        return base::failure(ErrorCode::internal, "GSSAPI made no NTLM message");
    }
    return message;
}

} // namespace mailpreflight::http
