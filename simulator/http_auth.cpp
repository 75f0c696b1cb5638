#include "simulator/http_auth.hpp"

#include "simulator/oauth.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::simulator {

namespace {

constexpr std::string_view lockout_text = "The referenced account is currently locked out and may not be logged on to.";

bool offers(const AuthPolicy& policy, std::string_view scheme) {
    return std::ranges::any_of(policy.offers,
                               [&](const std::string& offer) { return equals_ignoring_case(offer, scheme); });
}

AuthOutcome refused(const AuthPolicy& policy, std::optional<Verdict> verdict) {
    AuthOutcome outcome{.account = {}, .response = unauthorized(policy), .verdict = verdict, .final_token = {}};
    if (policy.lockout_body && verdict == Verdict::locked_out) {
        outcome.response->body = lockout_text;
        outcome.response->add("Content-Type", "text/plain");
    }
    return outcome;
}

AuthOutcome basic(std::string_view credentials, Directory& directory, const AuthPolicy& policy, TimePoint now) {
    std::string pair = from_base64(credentials).value_or("");
    if (!is_utf8(pair)) {
        pair = utf8_from_latin1(pair); // IIS names no charset: old clients send the ANSI code page
    }
    const auto colon = pair.find(':');
    if (colon == std::string::npos) {
        return refused(policy, std::nullopt);
    }
    const std::string name = pair.substr(0, colon);
    const Verdict verdict = directory.present(policy.basic_door, name, pair.substr(colon + 1), now);
    if (verdict != Verdict::accepted) {
        return refused(policy, verdict);
    }
    return {
        .account = directory.find(name)->logon_name(), .response = std::nullopt, .verdict = verdict, .final_token = {}};
}

/** The Host field without its port. */
std::string host_of(const HttpRequest& request) {
    const std::string host = trimmed(request.header("Host"));
    if (host.starts_with('[')) {
        return host.substr(1, host.find(']') - 1);
    }
    return host.substr(0, host.find(':'));
}

AuthOutcome first_leg(std::string_view scheme,
                      std::string_view token,
                      const std::string& host,
                      Connection& connection,
                      const AuthPolicy& policy) {
    // A new handshake ends whatever identity the connection had.
    connection.authenticated.clear();
    const bool bare = find_ntlm_message(token, NtlmMessageType::negotiate) && token.starts_with("NTLMSSP");
    const bool negotiate = equals_ignoring_case(scheme, "negotiate");
    connection.handshake_door = negotiate ? Door::ews_negotiate : Door::ews_ntlm;
    connection.handshake = std::make_unique<NtlmAcceptor>(
        bare ? NtlmAcceptor::Wrapping::ntlm : NtlmAcceptor::Wrapping::spnego,
        policy.extended_protection == ExtendedProtection::off ? std::string() : connection.end_point_hash,
        host);
    const auto challenge = connection.handshake->challenge(token);
    if (!challenge) {
        connection.handshake.reset();
        return refused(policy, std::nullopt);
    }
    HttpResponse response;
    response.status = 401;
    response.add("WWW-Authenticate", fmt::format("{} {}", negotiate ? "Negotiate" : "NTLM", to_base64(*challenge)));
    return {.account = {}, .response = std::move(response), .verdict = std::nullopt, .final_token = {}};
}

AuthOutcome second_leg(
    std::string_view token, Connection& connection, Directory& directory, const AuthPolicy& policy, TimePoint now) {
    // The handshake is used up whatever comes of it: the next try starts with a new challenge.
    const std::unique_ptr<NtlmAcceptor> handshake = std::move(connection.handshake);
    const auto message = find_ntlm_message(token, NtlmMessageType::authenticate);
    const auto claim = message ? read_ntlm_authenticate(*message) : std::nullopt;
    if (!handshake || !claim || claim->is_anonymous()) {
        return refused(policy, std::nullopt); // no challenge of this connection: nothing that could be judged
    }
    const Door door = connection.handshake_door;
    const std::string name = claim->name();
    const Account* account = directory.find(name);
    if (account == nullptr || !claim->is_version_2()) {
        return refused(policy,
                       directory.present(
                           door, name, [](const std::string&) { return false; }, now));
    }
    const auto proves = [&](const std::string& password) {
        return claim->proves(handshake->challenge_message(), password);
    };
    const NtlmAcceptor::Judgement judgement = handshake->judge(token, *claim, account->password);
    const bool binding_missing = policy.extended_protection == ExtendedProtection::require && !judgement.bound;
    if (proves(account->password) && (!judgement.accepted || binding_missing)) {
        directory.note_binding_refused(door, name, now);
        return refused(policy, Verdict::binding_refused);
    }
    const std::string logon_name = account->logon_name();
    const std::string current = account->password;
    const Verdict verdict = directory.present(
        door,
        name,
        [&](const std::string& password) { return password == current ? judgement.accepted : proves(password); },
        now);
    if (verdict != Verdict::accepted) {
        return refused(policy, verdict);
    }
    connection.authenticated = logon_name;
    return {.account = logon_name, .response = std::nullopt, .verdict = verdict, .final_token = judgement.final_token};
}

} // namespace

HttpResponse unauthorized(const AuthPolicy& policy) {
    HttpResponse response;
    response.status = 401;
    for (const std::string& offer : policy.offers) {
        if (equals_ignoring_case(offer, "negotiate")) {
            response.add("WWW-Authenticate", "Negotiate");
        } else if (equals_ignoring_case(offer, "ntlm")) {
            response.add("WWW-Authenticate", "NTLM");
        } else if (equals_ignoring_case(offer, "basic")) {
            response.add("WWW-Authenticate", fmt::format("Basic realm=\"{}\"", policy.realm));
        } else if (equals_ignoring_case(offer, "bearer")) {
            response.add("WWW-Authenticate", bearer_challenge(false));
        } else {
            response.add("WWW-Authenticate", offer);
        }
    }
    return response;
}

AuthOutcome authenticate(
    const HttpRequest& request, Connection& connection, Directory& directory, const AuthPolicy& policy, TimePoint now) {
    const std::string authorization = trimmed(request.header("Authorization"));
    if (authorization.empty()) {
        if (!connection.authenticated.empty()) {
            return {.account = connection.authenticated,
                    .response = std::nullopt,
                    .verdict = std::nullopt,
                    .final_token = {}};
        }
        return refused(policy, std::nullopt);
    }
    const auto blank = authorization.find(' ');
    const std::string scheme = authorization.substr(0, blank);
    const std::string credentials = blank == std::string::npos ? "" : trimmed(authorization.substr(blank + 1));
    if (!offers(policy, scheme)) {
        return refused(policy, std::nullopt); // IIS does not even look at a scheme that is switched off
    }
    if (equals_ignoring_case(scheme, "basic")) {
        return basic(credentials, directory, policy, now);
    }
    const auto token = from_base64(credentials);
    if (!token || token->empty()) {
        return refused(policy, std::nullopt);
    }
    const bool last = find_ntlm_message(*token, NtlmMessageType::authenticate).has_value();
    return last ? second_leg(*token, connection, directory, policy, now)
                : first_leg(scheme, *token, host_of(request), connection, policy);
}

} // namespace mailpreflight::simulator
