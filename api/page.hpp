#pragma once

#include <string>
#include <string_view>

namespace mailpreflight::api {

inline constexpr int most_rows = 1000; ///< of one page
inline constexpr int usual_rows = 200;

/// What is wrong with the page that was asked for; empty when nothing is.
inline std::string page_problem(int limit) {
    return limit >= 1 && limit <= most_rows ? "" : "limit: expected 1 to " + std::to_string(most_rows);
}

} // namespace mailpreflight::api
