#include "simulator/front_end.hpp"

#include "simulator/ews_endpoint.hpp"
#include "simulator/misbehaviour.hpp"
#include "simulator/owa_pages.hpp"
#include "simulator/owa_service.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

HttpResponse
owa_directory(Shared& shared, const HttpRequest& request, Connection& connection, TimePoint now, LogEntry& entry) {
    State& state = shared.state;
    OwaAnswer answer;
    if (state.server.forms) {
        answer = serve_owa(request, state, shared.sessions, now);
        entry.had_authorization = entry.had_authorization || answer.verdict.has_value();
    } else {
        AuthPolicy policy = ews_auth_policy(state, request);
        policy.offers = state.server.owa_offers;
        policy.basic_door = Door::owa_http;
        AuthOutcome outcome = authenticate(request, connection, state.directory, policy, now);
        answer.verdict = outcome.verdict;
        if (outcome.response) {
            answer.response = std::move(*outcome.response);
        } else {
            answer = serve_owa_authenticated(request, state, outcome.account);
            answer.verdict = outcome.verdict;
        }
    }
    entry.user = answer.account;
    entry.mailbox = answer.mailbox;
    if (!answer.mailbox.empty()) {
        entry.mailboxes = {answer.mailbox};
    }
    entry.response_code = answer.error;
    entry.presentation = answer.verdict ? name_of(*answer.verdict) : "";
    return std::move(answer.response);
}

bool wants_health(std::string_view path) {
    constexpr std::array<std::string_view, 5> directories = {"/owa", "/ews", "/ecp", "/autodiscover", "/mapi"};
    return std::ranges::any_of(
        directories, [&](std::string_view directory) { return path == std::string(directory) + "/healthcheck.htm"; });
}

HttpResponse route(Shared& shared, const HttpRequest& request, Connection& connection, TimePoint now, LogEntry& entry) {
    const State& state = shared.state;
    const std::string path = request.path();
    if (wants_health(path)) {
        return pages::html(200, fmt::format("200 OK<br/>{}", connection.front_end));
    }
    if (path == "/" || path.empty()) {
        return root(state, request);
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

void add_site_headers(HttpResponse& response, const Connection& connection, const ServerSettings& server) {
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
        add_site_headers(response, connection, shared.state.server);
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
