#include "http/url.hpp"

#include "base/text.hpp"
#include "net/address.hpp"

#include <cpprest/base_uri.h>

#include <algorithm>
#include <charconv>
#include <exception>

namespace mailpreflight::http {

namespace {

constexpr std::size_t longest_url = 8 * 1024;

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
}

bool is_host(std::string_view host) {
    constexpr std::size_t longest_name = 253;
    if (host.find(':') != std::string_view::npos) {
        return net::is_address_literal(host);
    }
    return !host.empty() && host.size() <= longest_name && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

unsigned short default_port(std::string_view scheme) {
    return scheme == "http" ? 80 : 443;
}

tl::unexpected<base::Error> refused(std::string why, std::string_view text) {
    return base::failure(base::ErrorCode::parse, std::move(why), base::shorten(base::to_valid_utf8(text), 200));
}

/// The port as it is written: cpprestsdk's parser takes "443x" for 443.
base::Result<unsigned short> port_of(std::string_view text, const std::string& scheme) {
    const auto start = text.find("//") + 2;
    std::string_view authority = text.substr(start, text.find_first_of("/?#", start) - start);
    if (const auto bracket = authority.rfind(']'); bracket != std::string_view::npos) {
        authority.remove_prefix(bracket);
    }
    const auto colon = authority.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == authority.size()) {
        return default_port(scheme);
    }
    const std::string_view digits = authority.substr(colon + 1);
    unsigned short port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
        return refused("not a port", digits);
    }
    return port;
}

base::Result<Url> taken_apart(const web::uri& uri, std::string_view text) {
    Url url;
    url.scheme = base::to_lower(uri.scheme());
    if (url.scheme != "https" && url.scheme != "http") {
        return refused("neither https nor http", text);
    }
    if (!uri.user_info().empty()) {
        return refused("a URL must not hold a user name or password", "");
    }
    url.host = base::to_lower(uri.host());
    const bool bracketed = url.host.size() > 2 && url.host.front() == '[' && url.host.back() == ']';
    if (bracketed) {
        url.host = url.host.substr(1, url.host.size() - 2);
    }
    if (!is_host(url.host) || bracketed != (url.host.find(':') != std::string::npos)) {
        return refused("no host that can be looked up", text);
    }
    auto port = port_of(text, url.scheme);
    if (!port) {
        return tl::unexpected(std::move(port.error()));
    }
    url.port = *port;
    url.target = uri.path().empty() ? "/" : uri.path();
    if (url.target.front() != '/') {
        return refused("no path", text);
    }
    if (!uri.query().empty()) {
        url.target += "?" + uri.query();
    }
    return url;
}

} // namespace

base::Result<Url> parse_url(std::string_view text) {
    if (text.empty() || text.size() > longest_url || !is_plain(text)) {
        return refused("not a URL", text);
    }
    if (text.find("://") == std::string_view::npos) {
        return refused("not an absolute URL", text);
    }
    try {
        return taken_apart(web::uri(std::string(text)), text);
    } catch (const std::exception&) { // web::uri_exception, and what its number parsing lets out
        return refused("not a URL", text);
    }
}

base::Result<Url> resolve_location(const Url& base, std::string_view location) {
    if (location.size() > longest_url || !is_plain(location)) {
        return refused("not a URL", location);
    }
    if (location.empty()) {
        return base;
    }
    // Two cases that web::uri::resolve_uri knows nothing of: another host without a scheme, and a query alone.
    if (location.starts_with("//")) {
        return parse_url(base.scheme + ":" + std::string(location));
    }
    if (location.front() == '?' || location.front() == '#') {
        const std::string path = base.target.substr(0, base.target.find('?'));
        return parse_url(to_text(Url{base.scheme, base.host, base.port, location.front() == '?' ? path : base.target}) +
                         std::string(location));
    }
    try {
        const std::string resolved = web::uri(to_text(base)).resolve_uri(std::string(location));
        return parse_url(resolved);
    } catch (const std::exception&) {
        return refused("not a URL", location);
    }
}

std::string to_text(const Url& url) {
    const bool v6 = url.host.find(':') != std::string::npos;
    std::string text = url.scheme + "://" + (v6 ? "[" + url.host + "]" : url.host);
    if (url.port != default_port(url.scheme)) {
        text += ":" + std::to_string(url.port);
    }
    return text + url.target;
}

bool same_origin(const Url& a, const Url& b) {
    return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

bool may_carry_credentials(const Url& url) {
    return url.scheme == "https";
}

} // namespace mailpreflight::http
