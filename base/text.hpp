#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::base {

/// ASCII lower case; other bytes stay. Addresses, header names and host names compare this way.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
/// Without ASCII blanks, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Valid UTF-8: each invalid byte is replaced by U+FFFD. Control characters other than tab and newline become spaces.
std::string to_valid_utf8(std::string_view text);
bool is_valid_utf8(std::string_view text);
/// `code` must be a character: below 0x110000 and no surrogate.
void append_utf8(std::string& to, char32_t code);
/// At most `limit` bytes, cut at a character, with "..." when something was cut.
std::string shorten(std::string_view text, std::size_t limit);
/// The candidate with the smallest edit distance to `word`, when it is near enough to be a slip of the finger (a third
/// of its length, at least 2); else empty. For "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

} // namespace mailpreflight::base
