#include "simulator/ews_endpoint.hpp"

#include "simulator/ews_service.hpp"
#include "simulator/owa_pages.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::simulator {

namespace {

HttpResponse empty_answer(int status) {
    HttpResponse response;
    response.status = status;
    return response;
}

void add_back_end_headers(HttpResponse& response, const State& state, const Mailbox* mailbox) {
    if (state.server.version.product < Product::exchange_2013) {
        response.add("X-AspNet-Version", "2.0.50727");
        response.add("Set-Cookie", fmt::format("exchangecookie={}; path=/; HttpOnly", to_hex(random_bytes(16))));
        return;
    }
    const std::string& back_end = state.back_end_of(mailbox);
    response.add("X-CalculatedBETarget", to_lower(back_end) + '.' + state.server.dns_suffix);
    response.add("X-DiagInfo", back_end);
    response.add("X-BEServer", back_end);
    response.add("X-AspNet-Version", "4.0.30319");
    if (mailbox != nullptr) {
        response.add("Set-Cookie",
                     fmt::format("X-BackEndCookie={}={}; path=/EWS; secure; HttpOnly",
                                 mailbox->sid,
                                 to_base64(sha256(back_end).substr(0, 24))));
    }
}

bool is_blocked(const ServerSettings& server, std::string_view user_agent) {
    const auto matches = [&](const std::string& pattern) { return matches_pattern(user_agent, pattern); };
    const bool is_missing =
        !server.allowed_user_agents.empty() && !std::ranges::any_of(server.allowed_user_agents, matches);
    return !server.ews_enabled || is_missing || std::ranges::any_of(server.blocked_user_agents, matches);
}

EwsError busy(const FaultRule& fault) {
    EwsError error = make_error("ErrorServerBusy");
    if (fault.value > 0) {
        error.values.emplace_back("BackOffMilliseconds", std::to_string(fault.value));
    }
    return error;
}

EwsError too_many_connections(int limit) {
    EwsError error = make_error("ErrorExceededConnectionCount");
    error.values = {{"Policy", "MaxConcurrency"},
                    {"MaxConcurrencyLimit", std::to_string(limit)},
                    {"ErrorMessage",
                     fmt::format("This operation exceeds the throttling budget for policy part 'MaxConcurrency', "
                                 "policy value '{}',  Budget type: 'Ews'.  Suggested backoff time 0 ms.",
                                 limit)}};
    return error;
}

/** The faults that change what SOAP says; the others change the bytes later (misbehaviour). */
EwsOverride
soap_fault_for(const State& state, const FaultPlan& plan, const HttpRequest& request, const SoapRequest& soap) {
    EwsOverride result;
    FaultPlan preview = plan; // peeked at, not used up: FrontEnd takes each fault exactly once
    for (const FaultRule& fault : preview.take(request.path(), soap.mailboxes(), false)) {
        if (fault.kind == FaultKind::throttle) {
            result.error = busy(fault);
            result.as_message = fault.as_message;
        } else if (fault.kind == FaultKind::exceeded_connection_count) {
            result.error = too_many_connections(std::max(1, state.server.max_concurrency));
        } else if (fault.kind == FaultKind::error_code) {
            result.error = make_error(fault.code);
            if (!fault.text.empty()) {
                result.error->text = fault.text;
            }
            result.as_message = fault.as_message;
        } else if (fault.kind == FaultKind::wrong_answer) {
            result.answer_for = fault.location;
            if (result.answer_for.empty()) {
                state.organisation.for_each([&](const Mailbox& mailbox) {
                    const auto asked = soap.mailboxes();
                    if (result.answer_for.empty() && mailbox.state == MailboxState::ok && !asked.empty() &&
                        !equals_ignoring_case(mailbox.address, asked.front())) {
                        result.answer_for = mailbox.address;
                    }
                });
            }
        }
    }
    return result;
}

HttpResponse serve_soap(Shared& shared, const HttpRequest& request, const EwsCaller& caller, LogEntry& entry) {
    const State& state = shared.state;
    const auto soap = read_soap_request(request.body);
    if (!soap) {
        return empty_answer(400);
    }
    entry.operation = soap->operation;
    entry.request_server_version = soap->version.value_or("");
    entry.mailboxes = soap->mailboxes();
    entry.mailbox = entry.mailboxes.empty() ? "" : entry.mailboxes.front();
    entry.impersonated = soap->has_impersonation;
    entry.impersonated_and_named = soap->has_impersonation && !soap->named_mailboxes.empty();
    EwsOverride override_answer = soap_fault_for(state, state.faults, request, *soap);
    entry.budget = soap->has_impersonation ? caller.logon_name + ' ' + to_lower(entry.mailbox) : caller.logon_name;
    const auto open = shared.open_requests.find(entry.budget);
    if (state.server.max_concurrency > 0 && open != shared.open_requests.end() &&
        open->second >= state.server.max_concurrency) {
        override_answer = {
            .error = too_many_connections(state.server.max_concurrency), .as_message = false, .answer_for = {}};
    }
    const EwsAnswer answer = serve_ews(state, caller, *soap, override_answer);
    entry.response_code = answer.response_code;
    HttpResponse response = empty_answer(answer.status);
    response.body = answer.body;
    shared.soap.record(request.body, response.body);
    response.add("Content-Type", "text/xml; charset=utf-8");
    response.delivery = state.server.version.product == Product::exchange_2007 ? Delivery::normal : Delivery::chunked;
    add_back_end_headers(response, state, answer.mailbox);
    return response;
}

/** What a browser gets: one of the schema files, or the page that stands for the service. */
HttpResponse serve_document(const Shared& shared, const HttpRequest& request) {
    const auto document = shared.ews_documents.find(request.path());
    if (document == shared.ews_documents.end()) {
        return pages::html(200,
                           "<HTML><HEAD><TITLE>Service</TITLE></HEAD><BODY><P>You have created a "
                           "service.</P></BODY></HTML>");
    }
    HttpResponse response;
    response.add("Content-Type", "text/xml");
    response.body = document->second;
    return response;
}

/** Who asks: by Bearer an application, else whoever IIS made out. Nobody: the 401 to send. */
tl::expected<EwsCaller, HttpResponse>
caller_of(State& state, const HttpRequest& request, Connection& connection, AuthOutcome& outcome, TimePoint now) {
    const AuthPolicy policy = ews_auth_policy(state, request);
    const std::string authorization = trimmed(request.header("Authorization"));
    const bool offers_bearer = std::ranges::find(policy.offers, "bearer") != policy.offers.end();
    if (offers_bearer && starts_with_ignoring_case(authorization, "bearer ")) {
        const BearerVerdict verdict =
            judge_bearer(state.oauth, trimmed(std::string_view(authorization).substr(7)), request.host(), now);
        if (verdict.application.empty()) {
            HttpResponse response = empty_answer(401);
            response.add("WWW-Authenticate", bearer_challenge(true));
            response.add("x-ms-diagnostics", verdict.diagnostics);
            return tl::unexpected(std::move(response));
        }
        return EwsCaller{state.oauth.find(verdict.application)->logon_name(), {}, true};
    }
    outcome = authenticate(request, connection, state.directory, policy, now);
    if (outcome.response) {
        return tl::unexpected(std::move(*outcome.response));
    }
    const Account& account = *state.directory.find(outcome.account);
    return EwsCaller{account.logon_name(), account.mailbox, false};
}

} // namespace

AuthPolicy ews_auth_policy(const State& state, const HttpRequest& request) {
    const std::string host = request.host();
    return {.offers = state.server.offers,
            .extended_protection = state.server.extended_protection,
            .realm = state.server.basic_realm.empty() ? host.substr(0, host.find(':')) : state.server.basic_realm,
            .basic_door = Door::ews_basic,
            .lockout_body = state.server.lockout_body};
}

HttpResponse
serve_ews_endpoint(Shared& shared, const HttpRequest& request, Connection& connection, TimePoint now, LogEntry& entry) {
    State& state = shared.state;
    AuthOutcome outcome;
    auto caller = caller_of(state, request, connection, outcome, now);
    entry.presentation = outcome.verdict ? name_of(*outcome.verdict) : "";
    HttpResponse response;
    if (!caller) {
        response = std::move(caller.error());
    } else {
        entry.user = caller->logon_name;
        if (is_blocked(state.server, request.header("User-Agent"))) {
            response = empty_answer(403);
        } else if (request.method == "GET" || request.method == "HEAD") {
            response = serve_document(shared, request);
        } else if (request.method == "POST" && !shared.ews_documents.contains(request.path())) {
            response = serve_soap(shared, request, *caller, entry);
        } else {
            response = empty_answer(405);
        }
        if (!outcome.final_token.empty()) {
            response.add("WWW-Authenticate", "Negotiate " + to_base64(outcome.final_token));
        }
        if (!connection.authenticated.empty() && connection.handshake_door == Door::ews_negotiate) {
            response.add("Persistent-Auth", "true");
        }
    }
    if (equals_ignoring_case(request.header("return-client-request-id"), "true") &&
        request.has_header("client-request-id")) {
        response.add("client-request-id", std::string(request.header("client-request-id")));
    }
    return response;
}

} // namespace mailpreflight::simulator
