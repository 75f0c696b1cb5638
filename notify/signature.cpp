#include "notify/signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace mailpreflight::notify {

std::string signature(const base::Secret& key, base::SystemTime now, std::string_view body) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const std::string signed_text = fmt::format("{}.{}", seconds, body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const bool made = key.expose_to([&](std::string_view bytes) {
        return HMAC(EVP_sha256(),
                    bytes.data(),
                    static_cast<int>(bytes.size()),
                    reinterpret_cast<const unsigned char*>(signed_text.data()),
                    signed_text.size(),
                    digest.data(),
                    &size) != nullptr;
    });
    if (!made) {
        throw std::runtime_error("OpenSSL makes no HMAC");
    }
    std::string text = fmt::format("t={},v1=", seconds);
    for (unsigned int i = 0; i < size; ++i) {
        text += fmt::format("{:02x}", digest.at(i));
    }
    return text;
}

} // namespace mailpreflight::notify
