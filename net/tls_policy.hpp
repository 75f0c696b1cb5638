#pragma once

#include <string>
#include <vector>

namespace mailpreflight::net {

/// How a source's TLS is judged. Default: TLS 1.2 or later, Debian's CA bundle, name and time checked.
struct TlsPolicy {
    std::string ca_file;                 ///< empty: the system bundle
    std::string server_name;             ///< empty: the host of the URL
    std::vector<std::string> pin_sha256; ///< lower-case hex of the leaf's SHA-256; empty: no pin

    bool operator==(const TlsPolicy&) const = default;
};

/// Where a lane goes.
struct Target {
    std::string host; ///< name or address literal, lower case, without brackets
    unsigned short port = 443;
    TlsPolicy tls;

    bool operator==(const Target&) const = default;
};

} // namespace mailpreflight::net
