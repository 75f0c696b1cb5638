#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace mailpreflight::http {

enum class GzipFault { broken, too_large };

/// The content of a gzip file of one or more members, of at most `limit` bytes: inflation stops where the limit is
/// passed, whatever the input promises.
tl::expected<std::string, GzipFault> gunzip(std::string_view packed, std::size_t limit);

} // namespace mailpreflight::http
