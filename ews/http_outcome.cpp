#include "base/text.hpp"
#include "core/exchange_online.hpp"
#include "ews/answer.hpp"
#include "http/redirect.hpp"
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

http::Url url_on(const std::string& host) {
    return {"https", base::to_lower(host), 443, "/"};
}

/// OWA's own logon page, and nothing else that /ews redirects to.
bool is_a_login(const http::Url& to) {
    const std::string path = base::to_lower(to.target.substr(0, to.target.find('?')));
    return contains(path, "logon") || contains(path, "login") || contains(path, "/auth/") || path.rfind("/owa", 0) == 0;
}

/// Where a redirect leads decides what stands before Exchange (owa-and-auth.md 5.1).
core::Cause cause_of_redirect(const http::Response& response, const std::string& host) {
    const auto to = http::resolve_location(url_on(host), response.headers.first("Location"));
    if (!to) {
        return core::Cause::unexpected_answer;
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
    return is_a_login(*to) ? core::Cause::front_door : core::Cause::unexpected_answer;
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

std::optional<FrontDoor> front_door_before_ews(const http::Response& response, const std::string& host) {
    const bool page = response.status == 200 && is_html(response);
    if (http::is_redirect(response) || page || response.status == 403 || response.status == 407 ||
        response.status == 511) {
        auto known = front_door_of(url_on(host), response);
        // Of a 403 only the words of a filter's own page count: Exchange says 403, too, behind whatever sets cookies.
        if (known && (response.status != 403 || known->kind == "waf")) {
            return known;
        }
    }
    if (http::is_redirect(response) && cause_of_redirect(response, host) == core::Cause::front_door) {
        auto to = http::resolve_location(url_on(host), response.headers.first("Location"));
        to->target = to->target.substr(0, to->target.find('?'));
        return FrontDoor{"owa_forms", "a forms login", to->host, http::to_text(*to)};
    }
    if (response.status == 440) {
        return FrontDoor{"owa_forms", "a forms login", base::to_lower(host), {}};
    }
    // A page that wants a password is a login of its own; any other may be a balancer's "we are down".
    if (page && contains(std::string_view(response.body).substr(0, 256 * 1024), "type=\"password\"")) {
        return FrontDoor{"login_page", "a login page", base::to_lower(host), {}};
    }
    return std::nullopt;
}

core::Cause cause_of_http(const http::Response& response, const std::string& host) {
    if (const auto door = front_door_before_ews(response, host)) {
        return wants_second_factor(*door) ? core::Cause::multi_factor_required : core::Cause::front_door;
    }
    switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return cause_of_redirect(response, host);
    case 403:
        return core::cloud_of_host(host) ? core::Cause::exchange_online_ews_closed : core::Cause::ews_access_blocked;
    case 404:
    case 405:
        return core::Cause::wrong_url;
    case 400:
    case 413:
    case 417:
        return core::Cause::request_rejected;
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
