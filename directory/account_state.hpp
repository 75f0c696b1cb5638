#pragma once

#include "base/clock.hpp"
#include "core/cause.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::directory {

/// Attribute → its first value; the names in lower case.
using Attributes = std::map<std::string, std::string>;

/// What is read of an account, nothing else.
std::vector<std::string> wanted_attributes();

/// What a directory says of an account, without anybody logging in as it.
struct AccountState {
    bool disabled = false;
    bool locked = false;
    bool must_change = false;
    bool password_expired = false;
    bool password_never_ends = false;
    std::optional<base::SystemTime> password_end; ///< with neither: not told
    std::optional<base::SystemTime> account_end;  ///< none: it has no end
    std::optional<base::SystemTime> locked_since;
    std::optional<base::SystemTime> password_set;
    std::optional<int> bad_passwords; ///< on the server that was asked; each counts its own

    bool operator==(const AccountState&) const = default;
};

/// Reads the attributes of Active Directory. Where it does not compute whether the account is locked, a lock-out of
/// less than `lockout_window` ago is one.
AccountState read_account_state(const Attributes& attributes, base::Duration lockout_window, base::SystemTime now);

/// Why a login would be refused whatever the password; ok where the directory knows no reason.
core::Cause reason_not_to_log_in(const AccountState& state, base::SystemTime now);

} // namespace mailpreflight::directory
