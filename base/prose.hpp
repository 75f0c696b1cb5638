#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Text for people, in a terminal or a report: pure functions.

namespace mailpreflight::base {

/// Text that came from a server or a list, safe to print: valid UTF-8 on one line, without control characters (no
/// escape sequence reaches the terminal) and without the marks that turn the direction of writing.
std::string safe(std::string_view text);

/// Characters, as far as they take a column each; of safe() text.
std::size_t width_of(std::string_view text);
/// With blanks up to `width` columns.
std::string padded(std::string text, std::size_t width);
/// At most `width` columns; what is cut ends with "...".
std::string cut(std::string_view text, std::size_t width);
/// Lines of at most `width` columns, broken at blanks, each behind `indent` blanks and with a line end. A word that is
/// too long stays whole: it may be something to copy.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

/// "40 s", "12 min", "5 h", "3 d": about how long.
std::string about(Duration duration);
/// "5 h ago", "in 3 d", "now".
std::string relative(SystemTime time, SystemTime now);
/// "2026-12-05 22:00 UTC"
std::string short_time(SystemTime time);
/// "1 mailbox", "3 mailboxes"
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

} // namespace mailpreflight::base
