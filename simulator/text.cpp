#include "simulator/text.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailpreflight::simulator {

namespace {

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

char upper(char character) {
    return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
}

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_digit(char character) {
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    const char low = lower(character);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string guid_shape(std::string_view sixteen_bytes) {
    std::string text = to_hex(sixteen_bytes);
    for (const std::size_t position : {8U, 13U, 18U, 23U}) {
        text.insert(position, 1, '-');
    }
    return text;
}

} // namespace

std::string to_lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string to_upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), upper);
    return result;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) { return lower(a) == lower(b); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    while (true) {
        const auto at = text.find(separator, from);
        parts.emplace_back(text.substr(from, at == std::string_view::npos ? at : at - from));
        if (at == std::string_view::npos) {
            return parts;
        }
        from = at + 1;
    }
}

std::string to_base64(std::string_view bytes) {
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            const auto byte = i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U;
            group = group << 8U | byte;
        }
        for (std::size_t i = 0; i < 4; ++i) {
            result += i <= count ? base64_alphabet[group >> (18U - 6U * i) & 63U] : '=';
        }
    }
    return result;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string result;
    result.reserve(text.size() / 4 * 3);
    for (std::size_t at = 0; at < text.size(); at += 4) {
        std::uint32_t group = 0;
        std::size_t padding = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const char character = text[at + i];
            if (character == '=' && at + 4 == text.size() && i >= 2) {
                ++padding;
                group <<= 6U;
                continue;
            }
            const auto value = base64_alphabet.find(character);
            if (value == std::string_view::npos || padding > 0) {
                return std::nullopt;
            }
            group = group << 6U | static_cast<std::uint32_t>(value);
        }
        for (std::size_t i = 0; i + padding < 3; ++i) {
            result += static_cast<char>(group >> (16U - 8U * i) & 255U);
        }
    }
    return result;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size() * 2);
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        result += digits[byte >> 4U];
        result += digits[byte & 15U];
    }
    return result;
}

std::string percent_encode(std::string_view text) {
    std::string result;
    for (const char character : text) {
        const bool plain = (character >= '0' && character <= '9') ||
                           (lower(character) >= 'a' && lower(character) <= 'z') ||
                           std::string_view("-_.~").find(character) != std::string_view::npos;
        if (plain) {
            result += character;
        } else {
            result += '%';
            result += to_hex(std::string_view(&character, 1));
        }
    }
    return result;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0) {
            result += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
            at += 2;
        } else if (text[at] == '+' && plus_is_space) {
            result += ' ';
        } else {
            result += text[at];
        }
    }
    return result;
}

std::optional<std::string> form_field(std::string_view form, std::string_view name) {
    for (const std::string& pair : split(form, '&')) {
        const auto equals = pair.find('=');
        const std::string field = percent_decode(std::string_view(pair).substr(0, equals), true);
        if (equals_ignoring_case(field, name)) {
            return equals == std::string::npos ? std::string()
                                               : percent_decode(std::string_view(pair).substr(equals + 1), true);
        }
    }
    return std::nullopt;
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto lead = static_cast<unsigned char>(bytes[at]);
        const int tails = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : -1;
        for (int i = 0; i < tails; ++i) {
            if (++at >= bytes.size() || (static_cast<unsigned char>(bytes[at]) & 0xC0U) != 0x80) {
                return false;
            }
        }
        if (tails < 0 || lead > 0xF4) {
            return false;
        }
    }
    return true;
}

std::string utf8_from_latin1(std::string_view bytes) {
    std::string text;
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x80) {
            text += character;
        } else {
            text += static_cast<char>(0xC0U | byte >> 6U);
            text += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return text;
}

std::string xml_escape(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char character : text) {
        switch (character) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        default:
            result += character;
        }
    }
    return result;
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
    // Greedy matching that returns to the last star: linear in practice, and without recursion.
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::optional<std::size_t> star;
    std::size_t star_text = 0;
    while (at < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            star_text = at;
        } else if (in_pattern < pattern.size() && lower(pattern[in_pattern]) == lower(text[at])) {
            ++in_pattern;
            ++at;
        } else if (star) {
            in_pattern = *star + 1;
            at = ++star_text;
        } else {
            return false;
        }
    }
    return pattern.substr(in_pattern).find_first_not_of('*') == std::string_view::npos;
}

std::string sha256(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string guid_of(std::string_view text) {
    return guid_shape(std::string_view(sha256(text)).substr(0, 16));
}

std::string random_guid() {
    return guid_shape(random_bytes(16));
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        throw std::runtime_error("no random bytes");
    }
    return bytes;
}

std::uint64_t stable_number(std::string_view text) {
    std::uint64_t number = 0;
    for (const char character : sha256(text).substr(0, 8)) {
        number = number << 8U | static_cast<unsigned char>(character);
    }
    return number;
}

} // namespace mailpreflight::simulator
