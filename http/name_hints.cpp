#include "http/name_hints.hpp"

#include "base/text.hpp"

#include <cstdint>

namespace mailpreflight::http {

namespace {

constexpr std::string_view signature{"NTLMSSP\0", 8};
constexpr std::size_t longest_name = 255;

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i > 0; --i) {
        value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
    }
    return value;
}

/// UTF-16LE of the basic plane; whatever else stands there is left out: these are names of machines and domains.
std::string utf8_of(std::string_view utf16) {
    std::string text;
    for (std::size_t i = 0; i + 1 < utf16.size() && text.size() < longest_name; i += 2) {
        const std::uint32_t c = number_at(utf16, i, 2);
        if (c >= 0x20 && c < 0x7F) {
            text += static_cast<char>(c);
        } else if (c >= 0x80 && c < 0x800) {
            text += static_cast<char>(0xC0U | c >> 6U);
            text += static_cast<char>(0x80U | (c & 0x3FU));
        } else if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) {
            text += static_cast<char>(0xE0U | c >> 12U);
            text += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
            text += static_cast<char>(0x80U | (c & 0x3FU));
        }
    }
    return base::to_valid_utf8(text);
}

} // namespace

std::string ntlm_question() {
    std::string message(32, '\0');
    message.replace(0, signature.size(), signature);
    message[8] = 1; // type 1
    // Unicode, "tell me your names", NTLM, always sign, NTLM2: as Windows asks
    message[12] = '\x05';
    message[13] = '\x82';
    message[14] = '\x08';
    return message;
}

std::optional<NtlmTarget> read_ntlm_challenge(std::string_view message) {
    constexpr std::size_t least = 48; // up to and with the place of the target information
    if (message.size() < least || !message.starts_with(signature) || number_at(message, 8, 4) != 2) {
        return std::nullopt;
    }
    const std::size_t size = number_at(message, 40, 2);
    const std::size_t offset = number_at(message, 44, 4);
    NtlmTarget target;
    if (offset > message.size() || size > message.size() - offset) {
        return target;
    }
    std::string_view pairs = message.substr(offset, size);
    std::string short_computer;
    while (pairs.size() >= 4) {
        const std::uint32_t id = number_at(pairs, 0, 2);
        const std::size_t length = number_at(pairs, 2, 2);
        if (id == 0 || length > pairs.size() - 4) {
            break;
        }
        const std::string_view value = pairs.substr(4, length);
        if (id == 1) {
            short_computer = utf8_of(value);
        } else if (id == 2) {
            target.netbios_domain = utf8_of(value);
        } else if (id == 3) {
            target.computer = utf8_of(value);
        } else if (id == 4) {
            target.dns_domain = utf8_of(value);
        }
        pairs.remove_prefix(4 + length);
    }
    if (target.computer.empty()) {
        target.computer = std::move(short_computer);
    }
    return target;
}

std::string basic_realm(const Headers& headers) {
    for (const std::string_view field : headers.all("WWW-Authenticate")) {
        const std::string low = base::to_lower(field);
        const std::size_t basic = low.find("basic ");
        const std::size_t realm = basic == std::string::npos ? basic : low.find("realm=\"", basic);
        if (realm == std::string::npos) {
            continue;
        }
        const std::size_t begin = realm + 7;
        const std::size_t end = field.find('"', begin);
        if (end != std::string_view::npos) {
            return base::shorten(base::to_valid_utf8(std::string(field.substr(begin, end - begin))), longest_name);
        }
    }
    return {};
}

} // namespace mailpreflight::http
