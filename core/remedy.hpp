#pragma once

#include "core/cause.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::core {

/// The names that a remedy may mention.
struct RemedyNames {
    std::string address;
    std::string source;
    std::string account;
    std::string host;
    std::string primary; ///< primary address of an alias
};

/// The cause's remedy with the names filled in, each quoted as a PowerShell literal where it is not plainly safe (a
/// name from a server or a list never becomes code, in PowerShell or in a Unix shell).
std::string remedy_for(Cause cause, const RemedyNames& names);

/// 'O''Brien@contoso.example': single quotes doubled; the typographic quotes that PowerShell takes for quotes too.
std::string powershell_quoted(std::string_view text);

} // namespace mailpreflight::core
