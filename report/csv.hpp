#pragma once

#include "report/report.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::report {

/// A cell by RFC 4180, on one line; a quote before what a spreadsheet would take for a formula (= + - @).
std::string csv_cell(std::string_view text);

/// All mailboxes, a row for each way into one that the batch requires; CRLF, a heading, no byte order mark.
std::string csv(const Report& report);

} // namespace mailpreflight::report
