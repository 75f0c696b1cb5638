#pragma once

#include "core/cause.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::core {

/// The names that a remedy may mention.
struct RemedyNames {
    std::string address;
    std::string source;
    std::string account; ///< its user name, as the source's administrator knows it
    std::string host;
    std::string primary;           ///< primary address of an alias
    std::string account_name = {}; ///< NAME of its [account.NAME], as our own commands know it
    std::string batch = {};
};

/// The cause's remedy with the names filled in, each quoted as a literal of its command's language where it is not
/// plainly safe: a name from a server or a list never becomes code. A name without a value stands as <name>.
std::string remedy_for(Cause cause, const RemedyNames& names);

/// 'O''Brien@contoso.example': single quotes doubled; the typographic quotes that PowerShell takes for quotes too.
std::string powershell_quoted(std::string_view text);

/// 'a b', 'O'\''Brien@contoso.example': one word of a POSIX shell, whatever it holds (POSIX.1-2017, 2.2.2).
std::string shell_quoted(std::string_view text);

} // namespace mailpreflight::core
