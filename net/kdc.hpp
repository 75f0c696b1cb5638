#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "net/network.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::net {

/// Where a Kerberos key distribution centre listens.
struct Kdc {
    std::string host; ///< name or address literal
    unsigned short port = 88;

    bool operator==(const Kdc&) const = default;
};

/// "dc1.contoso.example", "dc1.contoso.example:1088", "[2001:db8::1]:88"
Kdc kdc_named(std::string_view text);

/// Sends one message to one KDC over TCP and reads its answer (RFC 4120 7.2.2: each behind four bytes of length). Once:
/// libkrb5 by itself asks a second KDC when the first takes longer than a second, which can count one wrong password
/// twice. The answer has at most 64 KiB. `sent` tells whether bytes left, also when no answer came. Failure at stage
/// authenticate, kerberos_unreachable; or as a stop ends it, no_answer.
core::Outcome<std::string>
ask_kdc(Network& network, const Kdc& kdc, std::string_view message, bool& sent, const base::Deadline& deadline);

} // namespace mailpreflight::net
