#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace mailpreflight::directory {

/// A time as Active Directory writes it: 100 ns since 1601-01-01 UTC. Two numbers are none: 0, which means "not set",
/// and the greatest one, which means "never".
struct FileTime {
    enum class Kind { zero, never, moment };

    Kind kind = Kind::zero;
    base::SystemTime at; ///< of a moment

    bool operator==(const FileTime&) const = default;
};

/// Reads the decimal text of an attribute. What no clock will show (after the year 9999) is never; nothing for a
/// negative number or what is no number.
std::optional<FileTime> read_filetime(std::string_view text);

} // namespace mailpreflight::directory
