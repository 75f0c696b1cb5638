#include "simulator/ntlm_message.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/provider.h>

#include <array>
#include <cstdint>
#include <memory>

namespace mailpreflight::simulator {

namespace {

constexpr std::string_view signature{"NTLMSSP\0", 8};
constexpr std::uint32_t flag_unicode = 1;
constexpr std::uint32_t flag_version = 0x02000000;
constexpr std::size_t flags_at = 60; ///< of an AUTHENTICATE_MESSAGE; the Version follows
constexpr std::size_t version_end = 72;
constexpr std::size_t ntlm_v1_response = 24;

std::uint32_t read_number(std::string_view message, std::size_t at, std::size_t bytes) {
    std::uint32_t number = 0;
    for (std::size_t i = bytes; i-- > 0;) {
        number = number << 8U | static_cast<unsigned char>(message[at + i]);
    }
    return number;
}

/** The content that a (length, maximum, offset) field points to. */
std::optional<std::string_view> read_field(std::string_view message, std::size_t at) {
    const std::size_t length = read_number(message, at, 2);
    const std::size_t offset = read_number(message, at + 4, 4);
    if (offset > message.size() || length > message.size() - offset) {
        return std::nullopt;
    }
    return message.substr(offset, length);
}

void append_utf8(std::string& text, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0U | code >> 6U);
        tail(0);
    } else if (code < 0x10000) {
        text += static_cast<char>(0xE0U | code >> 12U);
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xF0U | code >> 18U);
        tail(12);
        tail(6);
        tail(0);
    }
}

std::string from_utf16(std::string_view bytes) {
    std::string text;
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        std::uint32_t code = read_number(bytes, at, 2);
        if (code >= 0xD800 && code < 0xDC00 && at + 3 < bytes.size()) {
            code = 0x10000U + ((code - 0xD800U) << 10U) + (read_number(bytes, at + 2, 2) - 0xDC00U);
            at += 2;
        }
        append_utf8(text, code);
    }
    return text;
}

std::string to_utf16(std::string_view text, bool upper) {
    std::string bytes;
    const auto unit = [&](std::uint32_t value) {
        bytes += static_cast<char>(value & 255U);
        bytes += static_cast<char>(value >> 8U & 255U);
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at++]);
        std::uint32_t code = lead;
        const int tails = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
        if (tails > 0) {
            code = lead & (0x3FU >> static_cast<unsigned>(tails));
            for (int i = 0; i < tails && at < text.size(); ++i) {
                code = code << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
            }
        }
        // ASCII and Latin-1 letters are enough for the account names of a simulation.
        if (upper && ((code >= 'a' && code <= 'z') || (code >= 0xE0 && code <= 0xFE && code != 0xF7))) {
            code -= 0x20;
        }
        if (code >= 0x10000) {
            unit(0xD800U + ((code - 0x10000U) >> 10U));
            unit(0xDC00U + ((code - 0x10000U) & 0x3FFU));
        } else {
            unit(code);
        }
    }
    return bytes;
}

/** MD4 lives in OpenSSL's legacy provider, which is loaded into a library context of its own. */
std::string md4(std::string_view data) {
    struct Legacy {
        OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
        OSSL_PROVIDER* provider = OSSL_PROVIDER_load(library, "legacy");
        EVP_MD* digest = EVP_MD_fetch(library, "MD4", nullptr);
        Legacy() = default;
        Legacy(const Legacy&) = delete;
        Legacy& operator=(const Legacy&) = delete;
        ~Legacy() {
            EVP_MD_free(digest);
            OSSL_PROVIDER_unload(provider);
            OSSL_LIB_CTX_free(library);
        }
    };
    static const Legacy legacy;
    std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
    unsigned int size = 0;
    if (legacy.digest == nullptr ||
        EVP_Digest(data.data(), data.size(), result.data(), &size, legacy.digest, nullptr) != 1) {
        return {};
    }
    return {reinterpret_cast<const char*>(result.data()), size};
}

std::string hmac_md5(std::string_view key, std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
    unsigned int size = 0;
    HMAC(EVP_md5(),
         key.data(),
         static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(data.data()),
         data.size(),
         result.data(),
         &size);
    return {reinterpret_cast<const char*>(result.data()), size};
}

} // namespace

std::optional<std::string_view> find_ntlm_message(std::string_view token, NtlmMessageType type) {
    const std::string mark = std::string(signature) + static_cast<char>(type) + std::string(3, '\0');
    const auto at = token.find(mark);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    return token.substr(at);
}

std::string NtlmAuthenticate::name() const {
    return domain + '\\' + user;
}

bool NtlmAuthenticate::is_anonymous() const {
    return user.empty();
}

bool NtlmAuthenticate::is_version_2() const {
    return nt_response.size() > ntlm_v1_response;
}

bool NtlmAuthenticate::proves(std::string_view challenge_message, std::string_view password) const {
    if (!is_version_2() || challenge_message.size() < 32) {
        return false;
    }
    const std::string key = hmac_md5(nt_hash(password), to_utf16(user, true) + to_utf16(domain, false));
    const std::string blob = nt_response.substr(16);
    return hmac_md5(key, std::string(challenge_message.substr(24, 8)) + blob) == nt_response.substr(0, 16);
}

std::string without_missing_version(std::string token) {
    const auto found = find_ntlm_message(token, NtlmMessageType::authenticate);
    if (!found || found->size() < version_end || (read_number(*found, flags_at, 4) & flag_version) == 0) {
        return token;
    }
    const std::size_t begin = token.size() - found->size();
    for (const std::size_t field : {12U, 20U, 28U, 36U, 44U, 52U}) {
        const bool is_empty = read_number(*found, field, 2) == 0;
        if (!is_empty && read_number(*found, field + 4, 4) < version_end) {
            constexpr std::size_t byte_of_flag = 3;
            token[begin + flags_at + byte_of_flag] &= static_cast<char>(~(flag_version >> 24U));
            break;
        }
    }
    return token;
}

std::string nt_hash(std::string_view password) {
    return md4(to_utf16(password, false));
}

std::optional<NtlmAuthenticate> read_ntlm_authenticate(std::string_view message) {
    if (message.size() < 64) {
        return std::nullopt;
    }
    const auto nt_response = read_field(message, 20);
    const auto domain = read_field(message, 28);
    const auto user = read_field(message, 36);
    if (!nt_response || !domain || !user) {
        return std::nullopt;
    }
    const bool unicode = (read_number(message, flags_at, 4) & flag_unicode) != 0;
    const auto decode = [&](std::string_view bytes) { return unicode ? from_utf16(bytes) : std::string(bytes); };
    return NtlmAuthenticate{decode(*domain), decode(*user), std::string(*nt_response)};
}

} // namespace mailpreflight::simulator
