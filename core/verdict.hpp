#pragma once

#include <string_view>

namespace mailpreflight::core {

/// May the batch move? NO-GO with any blocker, else UNKNOWN while anything is not known, else GO (6.3).
enum class Verdict { go, no_go, unknown };

/// "GO", "NO-GO", "UNKNOWN": what people read.
std::string_view name_of(Verdict verdict);
/// "go", "no_go", "unknown": what machines read.
std::string_view code_of(Verdict verdict);

} // namespace mailpreflight::core
