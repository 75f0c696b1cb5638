#pragma once

#include "base/clock.hpp"
#include "config/problem.hpp"
#include "config/toml_document.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

/// Tells every key that the schema does not know, every value of the wrong type or out of bounds, and everything that
/// is required and missing.
void check_against_schema(const Node& document, Problems& problems);

/// Operator-chosen names of accounts, sources and batches: letters, digits, - and _, at most 64.
bool is_name(std::string_view text);

// Values of a table that was checked. Absent or of the wrong type (told already): nothing.
std::optional<std::string> text_of(const Node& table, std::string_view key);
std::optional<int> integer_of(const Node& table, std::string_view key);
std::optional<double> number_of(const Node& table, std::string_view key);
std::optional<base::Duration> duration_of(const Node& table, std::string_view key);
std::optional<std::chrono::sys_days> date_of(const Node& table, std::string_view key);

/// A text of a list with its place.
struct PlacedText {
    std::string text;
    Position position;
};
std::vector<PlacedText> texts_of(const Node& table, std::string_view key);

/// Where a key's value is, or where the table is.
Position place_of(const Node& table, std::string_view key);

} // namespace mailpreflight::config
