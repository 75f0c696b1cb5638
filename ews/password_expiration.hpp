#pragma once

#include "base/clock.hpp"
#include "ews/xml.hpp"

#include <optional>
#include <string>

namespace mailpreflight::ews {

/// When the caller's password ends. Two dates are none: the end of time stands for never, its beginning for "must be
/// changed now".
struct PasswordExpiration {
    bool never = false;
    std::optional<base::SystemTime> at; ///< with neither: must be changed now

    bool operator==(const PasswordExpiration&) const = default;
};

/// GetPasswordExpirationDate of whoever asks; Exchange 2010 SP1 and later.
std::string password_expiration_operation();

/// The date of a successful answer; nothing where it holds none.
std::optional<PasswordExpiration> read_password_expiration(const Element& message);

} // namespace mailpreflight::ews
