#pragma once

#include <string>
#include <string_view>

namespace mailpreflight::directory {

/// A value for a search filter: what would be syntax there, and what is not plain ASCII, as \XX (RFC 4515).
std::string escaped(std::string_view value);

/// The filter that finds one user: DOMAIN\user and user by sAMAccountName, user@domain by userPrincipalName, or, where
/// the account has none and the domain is that of `base`, by sAMAccountName.
std::string filter_for(std::string_view username, std::string_view base);

} // namespace mailpreflight::directory
