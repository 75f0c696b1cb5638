#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace mailpreflight::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// What holds for every input. A breach ends the run, and libFuzzer keeps the input.
inline void must(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "broken: %s\n", what);
        std::abort();
    }
}

/// An input of two parts: up to the first NUL byte, and what follows it.
inline std::pair<std::string_view, std::string_view> parts_of(std::string_view text) {
    const std::size_t nul = text.find('\0');
    return nul == std::string_view::npos ? std::pair(text, std::string_view())
                                         : std::pair(text.substr(0, nul), text.substr(nul + 1));
}

} // namespace mailpreflight::fuzz
