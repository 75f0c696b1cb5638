#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::config {

/// An https URL that a credential may be sent to.
struct EndpointUrl {
    std::string host; ///< name or address literal, lower case, without brackets
    unsigned short port = 443;
    std::string path = "/";

    [[nodiscard]] std::string text() const;

    bool operator==(const EndpointUrl&) const = default;
};

/// The doors of an Exchange server.
struct Endpoints {
    std::optional<EndpointUrl> ews;
    std::optional<EndpointUrl> owa;
    std::optional<EndpointUrl> exchange; ///< the WebDAV era's /exchange, if that was what the operator wrote

    bool operator==(const Endpoints&) const = default;
};

/// Reads an https URL without user, query and fragment. The error never quotes the text: it may hold a password.
base::Result<EndpointUrl> parse_endpoint(std::string_view text);

/// All doors on the host of the one that the operator wrote: /owa, /exchange, a .asmx URL or the bare host.
base::Result<Endpoints> derive_endpoints(const EndpointUrl& written);

/// Reads "http://HOST:PORT": an HTTP proxy, which is asked by CONNECT.
base::Result<EndpointUrl> parse_proxy(std::string_view text);

/// A host name, or an IPv4 or IPv6 literal with or without brackets; lower case and without brackets in the result.
base::Result<std::string> parse_host(std::string_view text);

} // namespace mailpreflight::config
