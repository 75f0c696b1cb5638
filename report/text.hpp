#pragma once

#include "report/report.hpp"

#include <cstddef>
#include <string>

namespace mailpreflight::report {

/// Of a long list a text shows so many mailboxes; the CSV has them all.
inline constexpr std::size_t most_text_rows = 50;

/// Plain text in lines of at most 80 columns, for a terminal and an e-mail. A longer word, such as a URL, stays whole.
std::string text(const Report& report);

} // namespace mailpreflight::report
