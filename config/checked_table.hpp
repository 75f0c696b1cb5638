#pragma once

#include "base/clock.hpp"
#include "config/problem.hpp"
#include "config/toml_document.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

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
