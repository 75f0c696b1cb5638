#include "base/prose.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mailpreflight::base {

namespace {

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Length in bytes of the character at the beginning of valid UTF-8.
std::size_t character_length(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && continues(text[length])) {
        ++length;
    }
    return length;
}

bool is_harmful(std::string_view character) {
    if (character.size() == 1) {
        return static_cast<unsigned char>(character[0]) < 0x20 || character[0] == 0x7F;
    }
    const bool is_c1 =
        character.size() == 2 && character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
    constexpr std::array<std::string_view, 13> turns{"\u202A",
                                                     "\u202B",
                                                     "\u202C",
                                                     "\u202D",
                                                     "\u202E",
                                                     "\u2066",
                                                     "\u2067",
                                                     "\u2068",
                                                     "\u2069",
                                                     "\u200E",
                                                     "\u200F",
                                                     "\u2028",
                                                     "\u2029"};
    return is_c1 || std::find(turns.begin(), turns.end(), character) != turns.end();
}

} // namespace

std::string safe(std::string_view text) {
    const std::string valid = to_valid_utf8(text);
    std::string kept;
    for (std::string_view rest = valid; !rest.empty();) {
        const auto character = rest.substr(0, character_length(rest));
        rest.remove_prefix(character.size());
        if (character == "\n" || character == "\t") {
            kept += ' ';
        } else if (!is_harmful(character)) {
            kept += character;
        }
    }
    return kept;
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string padded(std::string text, std::size_t width) {
    const auto now = width_of(text);
    return now < width ? text + std::string(width - now, ' ') : text;
}

std::string cut(std::string_view text, std::size_t width) {
    if (width_of(text) <= width) {
        return std::string(text);
    }
    const std::size_t room = width > 3 ? width - 3 : width;
    std::size_t bytes = 0;
    for (std::size_t taken = 0; taken < room; ++taken) {
        bytes += character_length(text.substr(bytes));
    }
    return std::string(text.substr(0, bytes)) + (width > 3 ? "..." : "");
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    const std::size_t room = width > indent + 20 ? width - indent : 20;
    std::string lines;
    std::string line;
    const auto end_line = [&] {
        lines += std::string(indent, ' ') + line + "\n";
        line.clear();
    };
    for (const std::string& word : split(text, ' ')) {
        if (word.empty()) {
            continue;
        }
        if (!line.empty() && width_of(line) + 1 + width_of(word) > room) {
            end_line();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    if (!line.empty()) {
        end_line();
    }
    return lines;
}

std::string about(Duration duration) {
    using namespace std::chrono;
    const auto s = duration_cast<seconds>(duration < Duration::zero() ? -duration : duration).count();
    if (s < 100) {
        return fmt::format("{} s", s);
    }
    if (s < 100 * 60) {
        return fmt::format("{} min", s / 60);
    }
    if (s < 48 * 3600) {
        return fmt::format("{} h", s / 3600);
    }
    return fmt::format("{} d", s / 86400);
}

std::string relative(SystemTime time, SystemTime now) {
    if (time == now) {
        return "now";
    }
    return time < now ? about(now - time) + " ago" : "in " + about(time - now);
}

std::string short_time(SystemTime time) {
    std::string text = to_rfc3339(time).substr(0, 16);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text + " UTC";
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

} // namespace mailpreflight::base
