#include "http/gss.hpp"

#include <openssl/crypto.h>

#include <array>

namespace mailpreflight::http::gss {

namespace {

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

std::string described(OM_uint32 status, int kind, gss_OID mechanism) {
    std::string text;
    OM_uint32 more = 0;
    do {
        OM_uint32 minor = 0;
        Buffer part;
        if (GSS_ERROR(gss_display_status(&minor, status, kind, mechanism, &more, part.get()))) {
            break;
        }
        text += (text.empty() ? "" : ", ") + part.text();
    } while (more != 0);
    return text;
}

} // namespace

gss_OID ntlmssp() {
    static std::array<unsigned char, 10> bytes{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
    static gss_OID_desc oid{static_cast<OM_uint32>(bytes.size()), bytes.data()};
    return &oid;
}

gss_OID spnego() {
    static std::array<unsigned char, 6> bytes{0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
    static gss_OID_desc oid{static_cast<OM_uint32>(bytes.size()), bytes.data()};
    return &oid;
}

gss_OID kerberos() {
    static std::array<unsigned char, 9> bytes{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
    static gss_OID_desc oid{static_cast<OM_uint32>(bytes.size()), bytes.data()};
    return &oid;
}

Name::~Name() {
    OM_uint32 minor = 0;
    gss_release_name(&minor, &name_);
}

OM_uint32 Name::import(std::string& text, gss_OID type, OM_uint32& minor) {
    gss_buffer_desc buffer{text.size(), text.data()};
    return gss_import_name(&minor, &buffer, type, &name_);
}

Initiator::Initiator(gss_OID mechanism, OM_uint32 flags, std::span<const unsigned char> binding) :
    mechanism_(mechanism),
    flags_(flags),
    binding_(binding.begin(), binding.end()) {}

Initiator::~Initiator() {
    OM_uint32 minor = 0;
    gss_delete_sec_context(&minor, &context_, GSS_C_NO_BUFFER);
}

base::Result<std::string> Initiator::step(gss_cred_id_t credential, std::string_view token, const char* what) {
    std::string token_text(token);
    gss_buffer_desc input{token_text.size(), token_text.data()};
    gss_channel_bindings_struct bindings{}; // gss-ntlmssp insists on zeros in all but the application data
    bindings.application_data = {binding_.size(), binding_.data()};
    Buffer output;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_init_sec_context(&minor,
                                                 credential,
                                                 &context_,
                                                 target_.get(),
                                                 mechanism_,
                                                 flags_,
                                                 GSS_C_INDEFINITE,
                                                 binding_.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings,
                                                 token.empty() ? GSS_C_NO_BUFFER : &input,
                                                 nullptr,
                                                 output.get(),
                                                 nullptr,
                                                 nullptr);
    if (GSS_ERROR(major)) {
        return failure(what, major, minor, mechanism_);
    }
    complete_ = major == GSS_S_COMPLETE;
    return output.text();
}

tl::unexpected<base::Error> failure(const char* what, OM_uint32 major, OM_uint32 minor, gss_OID mechanism) {
    std::string text = described(major, GSS_C_GSS_CODE, mechanism);
    if (minor != 0) {
        text += " (" + described(minor, GSS_C_MECH_CODE, mechanism) + ")";
    }
    return base::failure(base::ErrorCode::internal, what, std::move(text));
}

} // namespace mailpreflight::http::gss
