#pragma once

#include "report/report.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace mailpreflight::report {

/// A page shows so many mailboxes, those that do not pass first; the CSV has them all.
inline constexpr std::size_t most_html_rows = 1000;

/// Text as HTML's content or between quotes: on one line, & < > " ' written as entities.
std::string html_escaped(std::string_view text);

/// One page that needs nothing else: no script, no picture, no font from elsewhere; readable on paper.
std::string html(const Report& report);

} // namespace mailpreflight::report
