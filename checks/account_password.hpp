#pragma once

#include "checks/access.hpp"

#include <optional>
#include <string>

namespace mailpreflight::checks {

/// What is told of the account's password, by whom. The first that knows the end decides; where others differ the
/// detail says so.
struct PasswordTold {
    std::optional<directory::AccountState> directory;
    std::string directory_problem; ///< not empty: the configured directory could not be read
    std::optional<ews::PasswordExpiration> ews;
    std::optional<base::SystemTime> declared;
};

/// Asks the directory, where one is configured; before a login, as it costs the account no presentation.
PasswordTold ask_directory(Access& access, const base::Deadline& deadline);

/// The login that is not tried, because the directory says that it would be refused whatever the password: its
/// observation, account.password, and the closed gate. Nothing where it says no such thing.
std::optional<Looked> held_by_directory(const Access& access, const PasswordTold& told, core::Check login);

/// account.password after a login: adds EWS' GetPasswordExpirationDate on the lane of that login to what was told.
/// An application's certificate tells by itself. Fails by a refused presentation only.
core::Outcome<core::Observation>
account_password(Access& access, Access::EwsLane& lent, PasswordTold told, const base::Deadline& deadline);

/// account.password where no EWS could be asked. `connected_at`: of the login that it stands beside.
core::Observation account_password(const Access& access, const PasswordTold& told, base::SystemTime connected_at);

/// Pure: what is said of an end that is known to some, or to nobody.
core::Observation judge_password(const std::string& source, const PasswordTold& told, base::SystemTime now);

/// The same for an application: the end of its certificate, or the declared one of its client secret. Pure.
core::Observation judge_application_end(const std::string& source,
                                        const std::optional<base::SystemTime>& certificate_ends,
                                        const std::optional<base::SystemTime>& declared,
                                        base::SystemTime now);

} // namespace mailpreflight::checks
