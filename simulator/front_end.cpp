#include "simulator/front_end.hpp"

#include "simulator/ews_endpoint.hpp"
#include "simulator/front_door.hpp"
#include "simulator/misbehaviour.hpp"
#include "simulator/owa_pages.hpp"
#include "simulator/owa_service.hpp"
#include "simulator/text.hpp"
#include "simulator/webdav_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::size_t owa_path_limit = 500; // maxUrlLength of the OWA front end
constexpr std::size_t ews_path_limit = 2048;

bool is_below(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

HttpResponse not_found() {
    return pages::html(404, "<html><head><title>404 - File or directory not found.</title></head></html>");
}

/** A redirect of IIS itself and not of the application: its body is no whole page. */
HttpResponse iis_redirect(const std::string& location) {
    HttpResponse response = pages::html(302,
                                        fmt::format("<head><title>Document Moved</title></head>\n"
                                                    "<body><h1>Object Moved</h1>This document may be found "
                                                    "<a HREF=\"{}\">here</a></body>",
                                                    xml_escape(location)));
    response.add("Location", location);
    return response;
}

/** The virtual directories that only ask for credentials here. */
AuthPolicy other_directory_policy(const State& state, const HttpRequest& request) {
    AuthPolicy policy = ews_auth_policy(state, request);
    policy.extended_protection = ExtendedProtection::off;
    return policy;
}

/** /exchange, /public and /exchweb, by version. */
HttpResponse legacy_directory(const State& state, const HttpRequest& request) {
    switch (state.server.version.product) {
    case Product::exchange_2003:
    case Product::exchange_2007:
        return unauthorized(other_directory_policy(state, request));
    case Product::exchange_2010:
        return iis_redirect(fmt::format("https://{}/owa", request.host()));
    case Product::exchange_2013:
    case Product::exchange_2016:
    case Product::exchange_2019:
    case Product::exchange_se:
        return not_found();
    }
    __builtin_unreachable();
}

HttpResponse root(const State& state, const HttpRequest& request) {
    if (state.server.version.product <= Product::exchange_2010) {
        return pages::html(200, "<html><head><title>IIS7</title></head></html>");
    }
    const std::string query = request.query();
    HttpResponse response =
        pages::redirect(fmt::format("https://{}/owa/{}{}", request.host(), query.empty() ? "" : "?", query));
    response.status = 301;
    return response;
}

/** Notes in the log what somebody at OWA's door got. */
HttpResponse logged(OwaAnswer answer, LogEntry& entry) {
    entry.user = answer.account;
    entry.mailbox = answer.mailbox;
    if (!answer.mailbox.empty()) {
        entry.mailboxes = {answer.mailbox};
    }
    entry.response_code = answer.error;
    entry.presentation = answer.verdict ? name_of(*answer.verdict) : "";
    return std::move(answer.response);
}

AuthPolicy owa_policy(const State& state, const HttpRequest& request) {
    AuthPolicy policy = ews_auth_policy(state, request);
    policy.offers = state.server.owa_offers;
    policy.basic_door = Door::owa_http;
    return policy;
}

/** WebDAV of 2003 and 2007. */
HttpResponse
exchange_directory(Shared& shared, const HttpRequest& request, Connection& connection, TimePoint now, LogEntry& entry) {
    State& state = shared.state;
    OwaAnswer answer;
    if (state.server.exchange_forms) {
        answer = serve_exchange(request, state, shared.sessions, now);
        entry.had_authorization = entry.had_authorization || answer.verdict.has_value();
        return logged(std::move(answer), entry);
    }
    const AuthPolicy policy = owa_policy(state, request);
    AuthOutcome outcome = authenticate(request, connection, state.directory, policy, now);
    if (outcome.response) {
        answer.response = std::move(*outcome.response);
    } else {
        answer = serve_exchange_authenticated(request, state, outcome.account, unauthorized(policy));
    }
    answer.verdict = outcome.verdict;
    return logged(std::move(answer), entry);
}

HttpResponse
owa_directory(Shared& shared, const HttpRequest& request, Connection& connection, TimePoint now, LogEntry& entry) {
    State& state = shared.state;
    OwaAnswer answer;
    if (state.server.forms) {
        answer = serve_owa(request, state, shared.sessions, now);
        entry.had_authorization = entry.had_authorization || answer.verdict.has_value();
    } else {
        AuthOutcome outcome = authenticate(request, connection, state.directory, owa_policy(state, request), now);
        answer.verdict = outcome.verdict;
        if (outcome.response) {
            answer.response = std::move(*outcome.response);
        } else {
            answer = serve_owa_authenticated(request, state, outcome.account);
            answer.verdict = outcome.verdict;
        }
    }
    return logged(std::move(answer), entry);
}

bool wants_health(std::string_view path) {
    constexpr std::array<std::string_view, 5> directories = {"/owa", "/ews", "/ecp", "/autodiscover", "/mapi"};
    return std::ranges::any_of(
        directories, [&](std::string_view directory) { return path == std::string(directory) + "/healthcheck.htm"; });
}

HttpResponse route(Shared& shared, const HttpRequest& request, Connection& connection, TimePoint now, LogEntry& entry) {
    const State& state = shared.state;
    const std::string path = request.path();
    FrontDoorAnswer door = serve_front_door(request, shared, now);
    if (door.verdict) {
        entry.presentation = name_of(*door.verdict);
        entry.had_authorization = true;
    }
    if (door.response) {
        entry.door = "front door";
        return std::move(*door.response);
    }
    if (!door.account.empty()) {
        entry.door = "owa";
        OwaAnswer answer = serve_owa_authenticated(request, state, door.account);
        answer.verdict = door.verdict;
        return logged(std::move(answer), entry);
    }
    if (request.method == "POST" && path.ends_with("/lang.owa")) {
        ++shared.client_faults.posts_to_lang_owa;
    }
    if (wants_health(path)) {
        return pages::html(200, fmt::format("200 OK<br/>{}", connection.front_end));
    }
    if (path == "/" || path.empty()) {
        return root(state, request);
    }
    if (is_token_path(path)) {
        entry.door = "oauth";
        HttpResponse response = serve_token(shared.state.oauth, request, now);
        return response;
    }
    if (has_webdav(state.server) && (is_below(path, "/exchange") || is_below(path, "/exchweb"))) {
        entry.door = "owa";
        return exchange_directory(shared, request, connection, now, entry);
    }
    if (state.server.version.product == Product::exchange_2003) {
        return is_below(path, "/public") ? legacy_directory(state, request) : not_found();
    }
    if (is_below(path, "/ews")) {
        entry.door = "ews";
        if (path.size() > ews_path_limit ||
            (!path.ends_with("/exchange.asmx") && !shared.ews_documents.contains(path))) {
            return not_found();
        }
        return serve_ews_endpoint(shared, request, connection, now, entry);
    }
    const bool has_ecp = state.server.version.product != Product::exchange_2007;
    if (is_below(path, "/owa") || (is_below(path, "/ecp") && has_ecp)) {
        entry.door = "owa";
        return path.size() > owa_path_limit ? not_found() : owa_directory(shared, request, connection, now, entry);
    }
    if (is_below(path, "/autodiscover") || is_below(path, "/mapi") || is_below(path, "/oab") ||
        is_below(path, "/rpc")) {
        return unauthorized(other_directory_policy(state, request));
    }
    if (is_below(path, "/exchange") || is_below(path, "/public") || is_below(path, "/exchweb")) {
        return legacy_directory(state, request);
    }
    return not_found();
}

/** "Tue, 01 Dec 2026 12:00:00 GMT" */
std::string http_date(TimePoint time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                       days.at(static_cast<std::size_t>(parts.tm_wday)),
                       parts.tm_mday,
                       months.at(static_cast<std::size_t>(parts.tm_mon)),
                       parts.tm_year + 1900,
                       parts.tm_hour,
                       parts.tm_min,
                       parts.tm_sec);
}

void add_site_headers(HttpResponse& response,
                      const Connection& connection,
                      const ServerSettings& server,
                      TimePoint now) {
    response.add("Date", http_date(now)); // http.sys' own, in every answer
    response.add("request-id", random_guid());
    response.add("Server",
                 server.version.product >= Product::exchange_2016   ? "Microsoft-IIS/10.0"
                 : server.version.product == Product::exchange_2013 ? "Microsoft-IIS/8.5"
                 : server.version.product == Product::exchange_2010 ? "Microsoft-IIS/7.5"
                                                                    : "Microsoft-IIS/6.0");
    response.add("X-Powered-By", "ASP.NET");
    if (server.version.product >= Product::exchange_2013) {
        response.add("X-FEServer", connection.front_end);
    }
}

} // namespace

FrontEnd::FrontEnd(World& world) :
    world_(world) {}

std::shared_ptr<void> FrontEnd::charge(Shared& shared, const std::string& budget) {
    ++shared.open_requests[budget];
    return {nullptr, [this, budget](void*) {
                world_.with([&](Shared& later) {
                    const auto found = later.open_requests.find(budget);
                    if (found != later.open_requests.end() && --found->second <= 0) {
                        later.open_requests.erase(found);
                    }
                });
            }};
}

HttpResponse FrontEnd::handle(const HttpRequest& request, Connection& connection) {
    const TimePoint now = world_.now();
    return world_.with([&](Shared& shared) {
        LogEntry entry{.time = now,
                       .door = "other",
                       .method = request.method,
                       .target = request.target,
                       .user_agent = std::string(request.header("User-Agent")),
                       .anchor = std::string(request.header("X-AnchorMailbox")),
                       .had_authorization = request.has_header("Authorization"),
                       .connection = connection.id};
        HttpResponse response = route(shared, request, connection, now, entry);
        // EWS faults wait for the end of a handshake: its legs would use up the counts.
        const bool handshake = entry.door == "ews" && response.status == 401;
        std::vector<FaultRule> faults = shared.state.faults.take(request.path(), entry.mailboxes, true);
        if (!handshake) {
            const auto later = shared.state.faults.take(request.path(), entry.mailboxes, false);
            faults.insert(faults.end(), later.begin(), later.end());
        }
        for (const FaultRule& fault : faults) {
            misbehave(response, fault, request, shared.state);
            if (!entry.fault.empty()) {
                entry.fault += ' ';
            }
            entry.fault += name_of(fault.kind);
        }
        add_site_headers(response, connection, shared.state.server, now);
        response.head_only = request.method == "HEAD";
        entry.status = response.status;
        if (!entry.budget.empty()) {
            response.lease = charge(shared, entry.budget);
        }
        shared.log.add(std::move(entry));
        return response;
    });
}

} // namespace mailpreflight::simulator
