#pragma once

#include "config/problem.hpp"
#include "config/toml_document.hpp"

#include <string_view>

namespace mailpreflight::config {

/// Tells every key that the schema does not know, every value of the wrong type or out of bounds, and everything that
/// is required and missing.
void check_against_schema(const Node& document, Problems& problems);

/// Operator-chosen names of accounts, sources and batches: letters, digits, - and _, at most 64.
bool is_name(std::string_view text);

} // namespace mailpreflight::config
