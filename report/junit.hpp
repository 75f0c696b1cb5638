#pragma once

#include "report/report.hpp"

#include <string>

namespace mailpreflight::report {

/// JUnit XML: the source's checks as a suite, and the mailboxes as one with a case for each way into each. failure: the
/// answer is no; error: it could not be found out; skipped: not required.
std::string junit(const Report& report);

} // namespace mailpreflight::report
