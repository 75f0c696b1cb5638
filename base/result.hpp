#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace mailpreflight::base {

/// A value, or what the outside world did to us. What only a bug can do is thrown instead.
template <typename T>
using Result = tl::expected<T, Error>;

/// Success without a value.
using Status = Result<void>;

/// The failing alternative: `return failure(ErrorCode::parse, "expected a number", text);`
inline tl::unexpected<Error> failure(ErrorCode code, std::string context, std::string object = {}) {
    return tl::unexpected<Error>(Error(code, std::move(context), std::move(object)));
}

inline tl::unexpected<Error> failure(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

} // namespace mailpreflight::base
