#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace mailpreflight::base {

/// The whole content of a regular file of at most `limit` bytes (limit_exceeded above).
Result<std::string> read_file(const std::filesystem::path& path, std::uintmax_t limit);

/// Writes `content` so that a crash leaves the old file or the new one, never half of it (write, fsync, rename).
Status write_file_atomically(const std::filesystem::path& path, std::string_view content, unsigned mode = 0600);

} // namespace mailpreflight::base
