#include "daemon/api_request_rules.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <string>
#include <string_view>

namespace mailpreflight::daemon {

namespace http = boost::beast::http;

namespace {

/// Names that only somebody who means this socket uses; whatever a browser can be lured to has another one.
bool is_our_host(std::string_view host) {
    const auto colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && colon + 1 < host.size() && host.back() != ']' &&
                          std::all_of(host.begin() + static_cast<std::ptrdiff_t>(colon) + 1, host.end(), [](char c) {
                              return c >= '0' && c <= '9';
                          });
    const std::string name = base::to_lower(has_port ? host.substr(0, colon) : host);
    constexpr std::array ours{"", "localhost", "mailpreflight", "mailpreflightd", "[::1]"};
    // A number is nobody's name: no answer of a name server makes a browser say it.
    in_addr v4{};
    const bool is_loopback = ::inet_pton(AF_INET, name.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24U) == 127;
    return is_loopback || std::find(ours.begin(), ours.end(), name) != ours.end();
}

} // namespace

std::optional<api::Problem> problem_of_request(const http::request<http::string_body>& request,
                                               const api::Caller& caller,
                                               const ApiServerOptions& options) {
    const bool has_user = caller.from.empty();
    if (has_user && (caller.uid == options.overflow_uid || caller.gid == options.overflow_gid)) {
        return api::problem(403, "your user or group cannot be told (the kernel's overflow id): call from this host");
    }
    if (request.find(http::field::origin) != request.end()) {
        return api::problem(403, "a request with an Origin comes from a web page; this API is not for those");
    }
    if (request.count(http::field::host) > 1 || (request.version() >= 11 && request.count(http::field::host) == 0)) {
        return api::problem(400, "HTTP/1.1 asks for exactly one Host");
    }
    if (const auto host = request[http::field::host]; !is_our_host({host.data(), host.size()})) {
        return api::problem(421, "use localhost as the host: curl --unix-socket PATH http://localhost/v1/status");
    }
    if (request.count(http::field::content_length) > 0 && request.count(http::field::transfer_encoding) > 0) {
        return api::problem(400, "Content-Length and Transfer-Encoding exclude each other");
    }
    // What we cannot take apart we cannot tell from the next request.
    if (const auto encoding = request.find(http::field::transfer_encoding);
        encoding != request.end() &&
        !base::equals_ignoring_case({encoding->value().data(), encoding->value().size()}, "chunked")) {
        return api::problem(400, "the only transfer encoding is chunked");
    }
    if (request.find(http::field::expect) != request.end()) {
        return api::problem(417, "send the body without asking first (curl -H 'Expect:')");
    }
    if (request.target().empty() || request.target().front() != '/') {
        return api::problem(400, "the target must be a path");
    }
    return std::nullopt;
}

} // namespace mailpreflight::daemon
