#include "http/base64.hpp"

#include <array>
#include <cstdint>

namespace mailpreflight::http {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

} // namespace

std::string to_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4); // one allocation: what is encoded here may be a secret
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::uint32_t group = byte_at(bytes, i) << 16U | byte_at(bytes, i + 1) << 8U | byte_at(bytes, i + 2);
        text += alphabet[group >> 18U & 63U];
        text += alphabet[group >> 12U & 63U];
        text += i + 1 < bytes.size() ? alphabet[group >> 6U & 63U] : '=';
        text += i + 2 < bytes.size() ? alphabet[group & 63U] : '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        std::size_t padding = 0;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const char c = text[i + k];
            const auto digit = alphabet.find(c);
            if (c == '=' && last && k >= 2) {
                ++padding;
            } else if (digit == std::string_view::npos || padding > 0) {
                return std::nullopt;
            }
            group = group << 6U | (c == '=' ? 0U : static_cast<std::uint32_t>(digit));
        }
        const std::array<char, 3> three{static_cast<char>(group >> 16U & 0xffU),
                                        static_cast<char>(group >> 8U & 0xffU),
                                        static_cast<char>(group & 0xffU)};
        bytes.append(three.data(), 3 - padding);
    }
    return bytes;
}

} // namespace mailpreflight::http
