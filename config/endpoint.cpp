#include "config/endpoint.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace mailpreflight::config {

namespace {

using base::ErrorCode;
using base::failure;

constexpr std::string_view scheme = "https://";

bool is_visible(char c) {
    return c > ' ' && c < '\x7F';
}

bool is_host_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

bool is_ipv6(const std::string& text) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

base::Result<unsigned short> parse_port(std::string_view text) {
    unsigned short port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) {
        return failure(ErrorCode::parse, "the port is not a number from 1 to 65535");
    }
    return port;
}

/// True for /owa and /owa/..., not for /owafoo.
bool is_under(std::string_view path, std::string_view folder) {
    return base::starts_with_ignoring_case(path, folder) &&
           (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string_view without_final_slashes(std::string_view path) {
    while (!path.empty() && path.back() == '/') {
        path.remove_suffix(1);
    }
    return path;
}

} // namespace

std::string EndpointUrl::text() const {
    const bool literal = host.find(':') != std::string::npos;
    return fmt::format(
        "{}{}{}{}", scheme, literal ? "[" + host + "]" : host, port == 443 ? "" : fmt::format(":{}", port), path);
}

base::Result<std::string> parse_host(std::string_view text) {
    std::string host = base::to_lower(text);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (!is_ipv6(host)) {
            return failure(ErrorCode::parse, "what stands in brackets is not an IPv6 address");
        }
        return host;
    }
    if (host.find(':') != std::string::npos && is_ipv6(host)) {
        return host;
    }
    if (!host.empty() && host.back() == '.') {
        host.pop_back();
    }
    if (host.empty()) {
        return failure(ErrorCode::parse, "the host is missing");
    }
    const auto labels = base::split(host, '.');
    if (host.size() > 253 || !std::all_of(labels.begin(), labels.end(), is_host_label)) {
        return failure(ErrorCode::parse,
                       "the host is not a name of letters, digits, dots and hyphens (a name with other letters is "
                       "written in its xn-- form)");
    }
    return host;
}

base::Result<EndpointUrl> parse_endpoint(std::string_view text) {
    if (base::starts_with_ignoring_case(text, "http://")) {
        return failure(ErrorCode::permission_denied,
                       "plain HTTP is refused: a credential never goes over it; write https://");
    }
    if (!base::starts_with_ignoring_case(text, scheme)) {
        return failure(ErrorCode::parse, "expected a URL that begins with https://");
    }
    text.remove_prefix(scheme.size());
    if (!std::all_of(text.begin(), text.end(), is_visible)) {
        return failure(ErrorCode::parse, "a URL has no blanks, control characters or letters beyond ASCII");
    }
    const std::size_t slash = std::min(text.find_first_of("/?#"), text.size());
    std::string_view authority = text.substr(0, slash);
    const std::string_view rest = text.substr(slash);
    if (authority.find('@') != std::string_view::npos) {
        return failure(ErrorCode::permission_denied,
                       "a user name or password in a URL is refused; the account has its own table [account.NAME]");
    }
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return failure(ErrorCode::parse, "a query or fragment does not belong here: end the URL before ? or #");
    }
    EndpointUrl url;
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        const auto port = parse_port(authority.substr(colon + 1));
        if (!port) {
            return failure(port.error());
        }
        url.port = *port;
        authority = authority.substr(0, colon);
    }
    auto host = parse_host(authority);
    if (!host) {
        return failure(host.error());
    }
    url.host = *std::move(host);
    url.path = rest.empty() ? "/" : std::string(rest);
    return url;
}

base::Result<EndpointUrl> parse_proxy(std::string_view text) {
    constexpr std::string_view plain = "http://";
    constexpr std::string_view expected = "expected http://HOST:PORT, such as http://proxy.example:3128";
    if (base::starts_with_ignoring_case(text, scheme)) {
        return failure(ErrorCode::parse,
                       fmt::format("a proxy that is itself spoken to by TLS is not supported; {}", expected));
    }
    if (!base::starts_with_ignoring_case(text, plain)) {
        return failure(ErrorCode::parse, std::string(expected));
    }
    const std::string_view rest = text.substr(plain.size());
    const std::string_view authority = rest.substr(0, rest.find('/'));
    if (authority.find('@') != std::string_view::npos) {
        return failure(
            ErrorCode::permission_denied,
            "a user name or password in a URL is refused; proxy_account names the [account.NAME] that logs in");
    }
    auto url = parse_endpoint(std::string(scheme) + std::string(rest));
    if (!url) {
        return url;
    }
    if (authority.find_last_of(':') == std::string_view::npos || authority.back() == ']') {
        return failure(ErrorCode::parse, fmt::format("the port is missing; {}", expected));
    }
    if (url->path != "/") {
        return failure(ErrorCode::parse, fmt::format("a proxy has no path; {}", expected));
    }
    return url;
}

base::Result<Endpoints> derive_endpoints(const EndpointUrl& written) {
    const std::string_view path = without_final_slashes(written.path);
    const auto on_host = [&](std::string_view door) {
        return EndpointUrl{written.host, written.port, std::string(door)};
    };
    Endpoints doors;
    doors.ews = on_host("/EWS/Exchange.asmx");
    doors.owa = on_host("/owa");
    if (path.size() > 5 && base::equals_ignoring_case(path.substr(path.size() - 5), ".asmx")) {
        doors.ews = on_host(path);
    } else if (is_under(path, "/exchange")) {
        doors.exchange = on_host(path.substr(0, std::string_view("/exchange").size()));
    } else if (is_under(path, "/owa/auth")) {
        doors.owa =
            on_host(path.substr(0, std::string_view("/owa").size())); // somebody copied the logon page's address
    } else if (is_under(path, "/owa")) {
        doors.owa = on_host(path);
    } else if (!path.empty() && !base::equals_ignoring_case(path, "/ews")) {
        return failure(ErrorCode::parse,
                       "the path is none that is known: expected https://HOST/owa, https://HOST/exchange, "
                       "https://HOST/EWS/Exchange.asmx or https://HOST (ews_url and owa_url name other paths)");
    }
    return doors;
}

} // namespace mailpreflight::config
