#include "simulator/owa_service.hpp"

#include "simulator/owa_pages.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::string_view no_own_mailbox = "Microsoft.Exchange.Data.Storage.UserHasNoMailboxException";
constexpr std::string_view no_access = "Microsoft.Exchange.Clients.Owa2.Server.Core.OwaExplicitLogonException";
constexpr std::string_view unknown_address = "Microsoft.Exchange.Clients.Owa2.Server.Core.OwaADObjectNotFoundException";
constexpr std::string_view in_transit = "Microsoft.Exchange.Data.Storage.MailboxInTransitException";
constexpr std::string_view offline = "Microsoft.Exchange.Data.Storage.MailboxOfflineException";
constexpr std::string_view account_disabled = "Microsoft.Exchange.Data.Storage.AccountDisabledException";

std::string requested_url(const HttpRequest& request) {
    return fmt::format("https://{}{}", request.host(), request.target);
}

/** What stands between a signed-in user and a mailbox; nothing if it opens. */
struct Obstacle {
    std::string_view exception; ///< empty: not an error but a page
    std::string redirect;
};

std::optional<Obstacle> obstacle(const HttpRequest& request, const State& state, const Mailbox& mailbox, bool own) {
    switch (mailbox.state) {
    case MailboxState::ok:
        break;
    case MailboxState::disabled:
        if (own) {
            return Obstacle{account_disabled, {}};
        }
        break;
    case MailboxState::moved:
        if (!state.server.target_owa_url.empty()) {
            return Obstacle{{}, state.server.target_owa_url};
        }
        return Obstacle{own ? no_own_mailbox : unknown_address, {}};
    case MailboxState::missing:
        return Obstacle{own ? no_own_mailbox : unknown_address, {}};
    case MailboxState::in_transit:
        return Obstacle{in_transit, {}};
    case MailboxState::store_down:
        return Obstacle{offline, {}};
    }
    if (mailbox.never_opened) {
        return Obstacle{{},
                        fmt::format("https://{}/owa/languageselection.aspx?url={}",
                                    request.host(),
                                    percent_encode(requested_url(request)))};
    }
    return std::nullopt;
}

struct Target {
    const Mailbox* mailbox = nullptr;
    std::optional<Obstacle> obstacle;
};

Target find_target(const HttpRequest& request, const State& state, const Account& account) {
    const std::string address = explicit_logon_address(request);
    const Mailbox* own = account.mailbox.empty() ? nullptr : state.organisation.find(account.mailbox);
    if (address.empty()) {
        if (own == nullptr) {
            return {nullptr, Obstacle{no_own_mailbox, {}}};
        }
        return {own, obstacle(request, state, *own, true)};
    }
    const Mailbox* mailbox = state.organisation.find(address);
    if (mailbox == nullptr) {
        return {nullptr, Obstacle{unknown_address, {}}};
    }
    if (mailbox == own) {
        return {own, obstacle(request, state, *own, true)};
    }
    // Where the mailbox is comes first: a store that is away cannot be asked about rights.
    const auto place = obstacle(request, state, *mailbox, false);
    const bool page_of_an_open_mailbox = place && place->exception.empty() && mailbox->never_opened;
    if (place && !page_of_an_open_mailbox) {
        return {mailbox, place};
    }
    if (!state.server.explicit_logon_enabled || !state.organisation.has_full_access(account.logon_name(), *mailbox)) {
        return {mailbox, Obstacle{no_access, {}}};
    }
    return {mailbox, place};
}

void add_back_end_headers(HttpResponse& response, const State& state, const Mailbox* mailbox) {
    const std::string& back_end = state.back_end_of(mailbox);
    response.add("X-OWA-Version", state.server.version.full());
    response.add("X-BEServer", back_end);
    response.add("X-DiagInfo", back_end);
}

HttpResponse
session_data(const HttpRequest& request, const State& state, const Target& target, std::string_view canary) {
    HttpResponse response;
    if (state.server.sessiondata_needs_canary && (canary.empty() || request.header("X-OWA-CANARY") != canary)) {
        response.status = 400;
    } else if (target.obstacle && !target.obstacle->exception.empty()) {
        const bool transient = target.obstacle->exception == offline || target.obstacle->exception == in_transit;
        response.status = transient ? 503 : 500;
        response.body = "The request failed.";
        response.add("Content-Type", "text/plain");
        response.add("X-OWA-Error", std::string(target.obstacle->exception));
        response.add("X-OWAErrorMessageID", "861904327");
        response.add("X-OWASuppLevel", "TransientError");
    } else {
        response.body = R"({"owaUserConfig":{"SessionSettings":{}},"findConversation":null})";
        response.add("Content-Type", "application/json; charset=utf-8");
    }
    add_back_end_headers(response, state, target.mailbox);
    return response;
}

HttpResponse shell_page(const HttpRequest& request, const State& state, const Target& target, std::string_view canary) {
    HttpResponse response = pages::shell(state.server);
    add_back_end_headers(response, state, target.mailbox);
    if (!canary.empty()) {
        response.add("Set-Cookie", fmt::format("X-OWA-CANARY={}; path=/; secure", canary));
    }
    response.add("Set-Cookie", fmt::format("UserContext={}; path=/owa/; secure; HttpOnly", to_hex(random_bytes(16))));
    if (request.cookie("ClientId").empty()) {
        response.add("Set-Cookie",
                     fmt::format("ClientId={}; path=/; secure; HttpOnly", to_upper(to_hex(random_bytes(12)))));
    }
    return response;
}

/** A request of somebody who is signed in. */
OwaAnswer signed_in(const HttpRequest& request, const State& state, const Account& account, std::string_view canary) {
    OwaAnswer answer;
    answer.account = account.logon_name();
    answer.mailbox = explicit_logon_address(request);
    const std::string path = request.path();
    const Target target = find_target(request, state, account);
    if (path.ends_with("/languageselection.aspx")) {
        answer.response = pages::language_selection(state.server);
        return answer;
    }
    if (path.ends_with("/lang.owa")) {
        answer.response = pages::redirect(fmt::format("https://{}/owa/", request.host()));
        return answer;
    }
    if (path.ends_with("/sessiondata.ashx")) {
        answer.response = session_data(request, state, target, canary);
        answer.error = answer.response.header("X-OWA-Error");
        return answer;
    }
    if (target.obstacle && !(state.server.shell_before_access && !answer.mailbox.empty())) {
        answer.error = target.obstacle->exception;
        answer.response =
            target.obstacle->exception.empty()
                ? pages::redirect(target.obstacle->redirect)
                : pages::to_error(request, state, state.back_end_of(target.mailbox), target.obstacle->exception);
        add_back_end_headers(answer.response, state, target.mailbox);
        return answer;
    }
    answer.response = shell_page(request, state, target, canary);
    return answer;
}

void add_cookies(HttpResponse& response, const std::vector<std::string>& cookies) {
    for (const std::string& cookie : cookies) {
        response.add("Set-Cookie", cookie);
    }
}

/** An absolute https address on the host that was asked. */
bool is_own_destination(const HttpRequest& request, std::string_view destination) {
    const std::string own = fmt::format("https://{}", request.host());
    return starts_with_ignoring_case(destination, own) &&
           (destination.size() == own.size() || destination[own.size()] == '/');
}

/** What is left of a text on its way through the server's code page. */
std::string in_ansi(std::string_view text) {
    std::string kept;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool latin1 = byte < 0x80 || byte == 0xC2 || byte == 0xC3;
        const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
        kept += latin1 ? std::string(text.substr(i, length)) : "?";
        i += length - 1;
    }
    return kept;
}

/** After a right form: what goes wrong on command, if anything. */
std::optional<HttpResponse>
trouble_after_the_form(const HttpRequest& request, const State& state, std::string_view destination) {
    const ServerSettings& server = state.server;
    if (server.form_reason != 0) {
        return pages::to_logon(request, server, destination, server.form_reason);
    }
    if (!server.cross_site_host.empty()) {
        return pages::cross_site(server.cross_site_host,
                                 form_field(request.body, "username").value_or(""),
                                 form_field(request.body, "password").value_or(""));
    }
    return std::nullopt;
}

} // namespace

OwaAnswer serve_logon_form(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now) {
    const Product product = state.server.version.product;
    OwaAnswer answer;
    const auto name = form_field(request.body, "username");
    const auto password = form_field(request.body, "password");
    const auto destination = form_field(request.body, "destination");
    if (!name || !password || !destination || !form_field(request.body, "flags") ||
        !is_own_destination(request, *destination)) {
        answer.response = pages::html(400, "<html><head><title>400 Bad Request</title></head></html>");
        return answer;
    }
    if (state.server.form_ignored) {
        answer.response = pages::to_logon(request, state.server, *destination, 0);
        return answer;
    }
    if (product == Product::exchange_2010 && request.cookie("PBack").empty()) {
        answer.response =
            pages::to_logon(request, state.server, *destination, 0); // cookies seem to be off: not taken as a try
        return answer;
    }
    const std::string typed = state.server.form_in_ansi ? in_ansi(*password) : *password;
    if (product == Product::exchange_2003 && state.server.form_unchecked) {
        answer.response = pages::redirect(*destination);
        add_cookies(answer.response, sessions.open(product, *name, typed, now));
        return answer;
    }
    const Verdict verdict = state.directory.present(Door::owa_form, *name, typed, now);
    answer.verdict = verdict;
    if (verdict == Verdict::accepted) {
        answer.account = state.directory.find(*name)->logon_name();
        if (auto trouble = trouble_after_the_form(request, state, *destination)) {
            answer.response = std::move(*trouble);
            return answer;
        }
        answer.response = pages::redirect(*destination);
        add_cookies(answer.response, sessions.open(product, *name, typed, now));
        return answer;
    }
    const bool change_wanted = verdict == Verdict::password_expired || verdict == Verdict::password_must_change;
    if (product != Product::exchange_2003 && change_wanted && state.server.change_expired_password) {
        answer.response =
            pages::redirect(fmt::format("https://{}/owa/auth/expiredpassword.aspx?url=/owa/auth.owa", request.host()));
        return answer;
    }
    answer.response = pages::to_logon(request, state.server, *destination, 2);
    add_cookies(answer.response, removed_forms_cookies(product));
    return answer;
}

namespace {

/** Without valid cookies: a page for GET, 440 for everything else. */
HttpResponse not_signed_in(const HttpRequest& request, const ServerSettings& server, int reason) {
    if (request.method != "GET") {
        return pages::login_timeout();
    }
    if (reason == 0 && server.version.product == Product::exchange_2007 && server.logon_page != "form") {
        return pages::outer_logon(server, requested_url(request));
    }
    HttpResponse response = pages::to_logon(request, server, requested_url(request), reason);
    if (reason != 0) {
        add_cookies(response, removed_forms_cookies(server.version.product));
    }
    return response;
}

bool is_login_post(const HttpRequest& request, const State& state) {
    const std::string path = request.path();
    const bool right_place = state.server.version.product == Product::exchange_2007 ? path == "/owa/auth/owaauth.dll"
                                                                                    : path == "/owa/auth.owa";
    return request.method == "POST" && right_place;
}

/** Pages that everybody may see. */
std::optional<HttpResponse> open_page(const HttpRequest& request, const State& state) {
    const std::string path = request.path();
    if (!path.starts_with("/owa/auth/")) {
        return std::nullopt;
    }
    if (request.method != "GET" && request.method != "HEAD") {
        return pages::login_timeout();
    }
    if (path == "/owa/auth/logon.aspx") {
        return pages::logon(request, state.server);
    }
    if (path == "/owa/auth/expiredpassword.aspx") {
        return pages::expired_password(state.server);
    }
    if (path == "/owa/auth/errorfe.aspx") {
        return pages::error(request, state);
    }
    return pages::html(404, "<html><head><title>404 Not Found</title></head></html>");
}

} // namespace

std::string explicit_logon_address(const HttpRequest& request) {
    constexpr std::string_view prefix = "/owa/";
    const std::string path = request.path();
    if (!path.starts_with(prefix)) {
        return {};
    }
    // The segment is recognised by its @, which a client may have encoded.
    const std::string segment =
        percent_decode(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()), false);
    return segment.find('@') == std::string::npos ? std::string() : segment;
}

FormsVisitor find_visitor(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now) {
    FormsVisitor visitor;
    const std::string cadata = request.cookie("cadata");
    const FormsSession* session = state.server.session_lost ? nullptr : sessions.find(cadata);
    if (session == nullptr) {
        visitor.refusal.response = not_signed_in(request, state.server, 0);
        return visitor;
    }
    if (now - session->issued > state.server.cookie_lifetime) {
        sessions.close(cadata);
        visitor.refusal.response = not_signed_in(request, state.server, 3);
        return visitor;
    }
    // The front end logs the user on again with what the cookies wrap, on every request.
    const Verdict verdict = state.directory.present(Door::owa_cookie, session->name, session->password, now);
    visitor.refusal.verdict = verdict;
    if (verdict != Verdict::accepted) {
        visitor.refusal.response = not_signed_in(request, state.server, 2);
        return visitor;
    }
    visitor.account = state.directory.find(session->name);
    visitor.canary = session->canary;
    return visitor;
}

OwaAnswer serve_owa(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now) {
    if (is_login_post(request, state)) {
        return serve_logon_form(request, state, sessions, now);
    }
    OwaAnswer answer;
    if (auto page = open_page(request, state)) {
        answer.response = std::move(*page);
        answer.error = answer.response.header("X-OWA-Error");
        return answer;
    }
    if (request.path() == "/owa/logoff.owa") {
        sessions.close(request.cookie("cadata"));
        answer.response = pages::to_logon(request, state.server, fmt::format("https://{}/owa/", request.host()), 1);
        add_cookies(answer.response, removed_forms_cookies(state.server.version.product));
        return answer;
    }
    FormsVisitor visitor = find_visitor(request, state, sessions, now);
    if (visitor.account == nullptr) {
        return std::move(visitor.refusal);
    }
    if (!state.server.cafe_error.empty()) {
        answer.response = pages::redirect(
            fmt::format("https://{}/owa/auth/errorFE.aspx?CafeError={}", request.host(), state.server.cafe_error));
    } else {
        answer = signed_in(request, state, *visitor.account, visitor.canary);
    }
    answer.verdict = visitor.refusal.verdict;
    return answer;
}

OwaAnswer serve_owa_authenticated(const HttpRequest& request, const State& state, const std::string& account) {
    return signed_in(request, state, *state.directory.find(account), {});
}

} // namespace mailpreflight::simulator
