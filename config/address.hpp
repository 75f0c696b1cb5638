#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::config {

/// An e-mail address as migration lists hold them, in lower case. The error says what is wrong without quoting the
/// text, which in a shifted column may be a password.
base::Result<std::string> parse_address(std::string_view text);

} // namespace mailpreflight::config
