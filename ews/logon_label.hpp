#pragma once

#include <string>
#include <string_view>

namespace mailpreflight::ews {

/// What the logon page calls the name that it asks for: "Domain\user name:". It is in the page's language, and hints at
/// the form that the server wants (owa-and-auth.md 2.2). Empty: none is found. Pure; any bytes will do.
std::string logon_label(std::string_view html);

} // namespace mailpreflight::ews
