#pragma once

#include "core/tls_weakness.hpp"
#include "net/address.hpp"

#include <set>
#include <string>
#include <vector>

namespace mailpreflight::net {

/// How a source's TLS is judged. Default: TLS 1.2 or later, Debian's CA bundle, name and time checked.
struct TlsPolicy {
    std::string ca_file;                 ///< empty: the system bundle
    std::string server_name;             ///< empty: the host of the URL
    std::vector<std::string> pin_sha256; ///< lower-case hex of the leaf's SHA-256; empty: no pin
    std::set<core::TlsWeakness> legacy;  ///< the weaknesses that are accepted

    bool operator==(const TlsPolicy&) const = default;
};

/// Where a lane goes.
struct Target {
    std::string host; ///< name or address literal, lower case, without brackets
    unsigned short port = 443;
    TlsPolicy tls;
    IpVersion ip_version = IpVersion::any;
    std::vector<Address> addresses = {}; ///< these in this order, instead of what the name stands for

    bool operator==(const Target&) const = default;
};

/// The name that a server's certificate must carry, and that SNI says.
std::string expected_name(const Target& target);

/// The host by which Kerberos names the service: that of the URL, but no ticket is for an address, so there the name
/// that its certificate carries.
std::string service_host(const Target& target);

} // namespace mailpreflight::net
