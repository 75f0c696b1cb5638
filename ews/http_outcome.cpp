#include "base/text.hpp"
#include "ews/answer.hpp"
#include "ews/owa_page.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <charconv>

namespace mailpreflight::ews {

namespace {

bool contains(std::string_view text, std::string_view part) {
    return base::to_lower(text).find(base::to_lower(part)) != std::string::npos;
}

bool is_html(const http::Response& response) {
    return contains(response.headers.first("Content-Type"), "text/html");
}

/// Where a redirect leads decides what stands before Exchange (owa-and-auth.md 5.1).
core::Cause cause_of_redirect(const http::Response& response, const std::string& host) {
    const auto to =
        http::resolve_location({"https", base::to_lower(host), 443, "/"}, response.headers.first("Location"));
    if (!to) {
        return core::Cause::unexpected_answer;
    }
    if (!front_door_product(response).empty()) {
        return core::Cause::front_door;
    }
    if (to->host != base::to_lower(host)) {
        return core::Cause::redirected_elsewhere;
    }
    const std::string path = base::to_lower(to->target.substr(0, to->target.find('?')));
    if (contains(path, "genericerrorpage.htm")) {
        return core::Cause::server_busy;
    }
    if (contains(path, "errorfe.aspx")) {
        return core::Cause::server_error;
    }
    const bool to_a_login =
        contains(path, "logon") || contains(path, "login") || contains(path, "/auth/") || path.rfind("/owa", 0) == 0;
    return to_a_login ? core::Cause::front_door : core::Cause::unexpected_answer;
}

} // namespace

std::optional<base::Duration> retry_after(const http::Response& response) {
    const std::string_view field = base::trim(response.headers.first("Retry-After"));
    int seconds = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), seconds);
    if (field.empty() || error != std::errc() || end != field.data() + field.size() || seconds < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(std::min(seconds, 3600));
}

core::Cause cause_of_http(const http::Response& response, const std::string& host) {
    switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return cause_of_redirect(response, host);
    case 403:
        return core::Cause::ews_access_blocked;
    case 404:
    case 405:
        return core::Cause::wrong_url;
    case 400:
    case 413:
    case 417:
        return core::Cause::request_rejected;
    case 407:
    case 440:
        return core::Cause::front_door;
    case 429:
        return core::Cause::throttled;
    case 456:
        return core::Cause::account_locked;
    case 502:
    case 503:
    case 504:
        return core::Cause::server_unavailable;
    default:
        break;
    }
    if (response.status == 200 && is_html(response)) {
        // A page that wants a password is a login of its own; any other may be a balancer's "we are down".
        const bool asks =
            contains(response.body.substr(0, 256 * 1024), "type=\"password\"") || !front_door_product(response).empty();
        return asks ? core::Cause::front_door : core::Cause::unexpected_answer;
    }
    if (response.status >= 500) {
        return contains(response.body.substr(0, 4096), "Server Error in '/EWS' Application")
                   ? core::Cause::server_busy
                   : core::Cause::server_error;
    }
    return core::Cause::unexpected_answer;
}

core::Evidence evidence_of(const http::Request& request,
                           const http::Response& response,
                           const std::string& host,
                           unsigned short port) {
    const auto header = [&](std::string_view name) {
        return base::shorten(base::to_valid_utf8(response.headers.first(name)), 200);
    };
    core::Evidence evidence;
    evidence.url = http::to_text({"https", host, port, request.target});
    evidence.http_status = response.status;
    evidence.request_id = header("request-id");
    evidence.client_request_id = std::string(request.headers.first("client-request-id"));
    evidence.front_end = header("X-FEServer");
    evidence.back_end = header("X-BEServer");
    if (evidence.back_end.empty()) {
        evidence.back_end = header("X-CalculatedBETarget");
    }
    return evidence;
}

} // namespace mailpreflight::ews
