#pragma once

#include "config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

/// "migadmin@CONTOSO.EXAMPLE" of CONTOSO\migadmin, migadmin@contoso.example or migadmin with a realm; else empty.
std::string principal_of(const Account& account);

/// Every form of the account's user name that the configuration tells, in lower case: the directory counts bad
/// passwords for one person, whichever form was presented (owa-and-auth.md 6.1).
std::vector<std::string> name_forms(const Account& account);

/// What the guard knows a mailbox's own login by: a digest of its user name, in whatever letters it is written.
std::string own_login_account(std::string_view username);

/// Are two accounts one person? Names of the same form tell for sure; of different forms (CONTOSO\migadmin and
/// migadmin@contoso.example) only what they have in common.
enum class Likeness { none, possible, likely, same };
Likeness likeness(const Account& a, const Account& b);

} // namespace mailpreflight::config
