#pragma once

#include "base/result.hpp"

#include <cpprest/json.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace mailpreflight::json {

using Value = web::json::value;

/// What a text may be at most before it is refused unread.
struct Limits {
    std::size_t bytes = std::size_t{1} << 20U;
    std::size_t depth = 32; ///< of arrays and objects inside each other
};

/// One JSON text (RFC 8259), read strictly: a duplicate name, text after the value, too deep a nesting and a number
/// that neither 64 bits nor a double can hold are refused (`parse`, with the offset of the byte; `limit_exceeded` above
/// a limit). Strings become valid UTF-8 (base::to_valid_utf8). Members keep their order. Never throws on any input.
base::Result<Value> parse(std::string_view text, Limits limits = {});

/// Compact UTF-8 on one line; strings that are not valid UTF-8 are mended, control characters in them become blanks.
/// A number that JSON cannot say (NaN, infinity) becomes null.
std::string write(const Value& value);

/// An empty object whose members keep their order.
Value object();

} // namespace mailpreflight::json
