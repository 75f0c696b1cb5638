#include "http/authenticated_lane.hpp"

#include "base/text.hpp"
#include "http/base64.hpp"
#include "http/bearer_refusal.hpp"
#include "http/cookie_jar.hpp"
#include "http/found_by.hpp"
#include "http/spnego.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

namespace mailpreflight::http {

namespace {

using core::Cause;
using core::PresentationResult;
using core::Stage;

/// Exchange's own word in the body of a 401 (owa-and-auth 9.5).
bool says_locked(const Response& response) {
    return base::to_lower(response.body).find("the referenced account is currently locked out") != std::string::npos;
}

/// A gateway's word that nobody stood behind it: it does not tell whether the credential was looked at. Headers that
/// only the authenticated back end or connection gets prove the contrary.
bool tells_nothing(const Response& response) {
    const bool gateway = response.status == 502 || response.status == 503 || response.status == 504;
    return gateway && !response.headers.has("X-BEServer") &&
           !base::equals_ignoring_case(response.headers.first("Persistent-Auth"), "true");
}

std::string offers_text(const std::vector<std::string>& offers) {
    return offers.empty() ? "the server offers no scheme" : "the server offers " + base::join(offers, ", ");
}

constexpr const char* closing_words =
    "the server closes the connection with its first 401 (Connection: close); nothing was presented";

/// The question before the presentation: the same request without its body and without a credential.
Request without_body(const Request& request) {
    Request question{request.method, request.target, request.headers, {}};
    question.headers.wipe("Authorization");
    return question;
}

/// Cookies that came with the challenge go back with the answer: balancers keep a connection by them.
void add_cookies(Request& request, const Headers& challenge, const net::Target& target) {
    CookieJar jar(Url{"https", target.host, target.port, request.target});
    const auto now = std::chrono::time_point_cast<base::Duration>(std::chrono::system_clock::now());
    jar.take(challenge, request.target, now);
    std::string cookies = jar.field_for(request.target, now);
    if (cookies.empty()) {
        return;
    }
    if (const std::string_view own = request.headers.first("Cookie"); !own.empty()) {
        cookies = std::string(own) + "; " + cookies;
    }
    request.headers.wipe("Cookie");
    request.headers.add("Cookie", std::move(cookies));
}

} // namespace

AuthenticatedLane::AuthenticatedLane(Lane lane,
                                     Scheme scheme,
                                     std::shared_ptr<const Identity> identity,
                                     core::CredentialGate& gate,
                                     core::Door door,
                                     bool proving,
                                     TicketFor ticket_for,
                                     std::optional<Way> decided,
                                     TokensFor tokens_for) :
    lane_(std::move(lane)),
    scheme_(scheme),
    identity_(std::move(identity)),
    gate_(&gate),
    door_(std::move(door)),
    proving_(proving),
    ticket_for_(std::move(ticket_for)),
    tokens_for_(std::move(tokens_for)),
    way_(decided),
    asked_(decided == Way::kerberos || decided == Way::bearer) {}

core::Outcome<Response> AuthenticatedLane::exchange(const Request& request, const base::Deadline& deadline) {
    if (dead_) {
        return core::failed(Stage::exchange, Cause::connection_lost, "this lane was closed");
    }
    if (way_) {
        return by_way(request, deadline);
    }
    if (scheme_ == Scheme::automatic) {
        return by_offers(request, deadline);
    }
    way_ = way_of(scheme_, identity_->means());
    return by_way(request, deadline);
}

/// One anonymous request: what the server offers decides.
core::Outcome<Response> AuthenticatedLane::by_offers(const Request& request, const base::Deadline& deadline) {
    started_ = std::chrono::steady_clock::now();
    const auto answer = ask(without_body(request), deadline);
    if (!answer || answer->status != 401) {
        return answer;
    }
    way_ = best_way(scheme_, identity_->means(), offers_);
    if (!way_) {
        return die(Cause::auth_scheme_not_offered, offers_text(offers_) + ", of which this account can do none");
    }
    if (!answer->keeps_alive) {
        closed_by_question_ = true;
        return die(Cause::connection_lost, closing_words);
    }
    return by_way(request, deadline);
}

core::Outcome<Response> AuthenticatedLane::by_way(const Request& request, const base::Deadline& deadline) {
    switch (*way_) {
    case Way::bearer:
        return exchange_bearer(request, deadline);
    case Way::kerberos:
        return exchange_kerberos(request, deadline);
    case Way::ntlm:
    case Way::negotiated_ntlm:
        return authenticated_ ? ride(request, deadline) : exchange_ntlm(request, deadline);
    case Way::basic:
        return exchange_basic(request, deadline);
    }
    throw std::logic_error("no such way");
}

/// The server does not offer what the operator wants; nothing was presented.
tl::unexpected<core::Failure> AuthenticatedLane::not_offered() {
    return die(Cause::auth_scheme_not_offered,
               offers_text(offers_) + ", the configuration allows " + std::string(name_of(scheme_of(*way_))) + " only");
}

/// A request on a connection that NTLM has authenticated: nothing is presented.
core::Outcome<Response> AuthenticatedLane::ride(const Request& request, const base::Deadline& deadline) {
    auto answer = lane_.send(request, deadline);
    if (!answer) {
        dead_ = true;
    } else if (answer->status == 401) {
        offers_ = offered_schemes(answer->headers);
        return die(Cause::credential_suspect, "401 on a connection that was authenticated; " + offers_text(offers_));
    }
    return answer;
}

core::Outcome<Response> AuthenticatedLane::exchange_bearer(const Request& request, const base::Deadline& deadline) {
    if (!asked_) {
        started_ = std::chrono::steady_clock::now();
        const auto answer = ask(without_body(request), deadline);
        if (!answer || answer->status != 401) {
            return answer;
        }
        if (!is_offered(Way::bearer, offers_)) {
            return not_offered();
        }
        if (!answer->keeps_alive) {
            closed_by_question_ = true;
            return die(Cause::connection_lost, closing_words);
        }
    }
    auto token = tokens_for_.token(deadline);
    if (!token) {
        dead_ = true;
        return tl::unexpected(std::move(token.error()));
    }
    token_ = std::move(*token);
    auto answer = show_token(request, deadline);
    if (!answer || answer->status != 401) {
        return answer;
    }
    const std::string why = bearer_refusal(answer->headers, token_->claims, lane_.target().host);
    auto another = tokens_for_.another(token_, deadline);
    if (!another) {
        dead_ = true;
        return tl::unexpected(std::move(another.error()));
    }
    if (*another == token_) {
        return die(Cause::token_refused, "401 after Bearer: " + why);
    }
    token_ = std::move(*another);
    if (!lane_.alive()) {
        return die(Cause::connection_lost, "the server refused a token (" + why + ") and closed; there is a new one");
    }
    answer = show_token(request, deadline);
    if (answer && answer->status == 401) {
        return die(Cause::token_refused,
                   "401 after Bearer, with a new token, too: " +
                       bearer_refusal(answer->headers, token_->claims, lane_.target().host));
    }
    return answer;
}

core::Outcome<Response> AuthenticatedLane::show_token(const Request& request, const base::Deadline& deadline) {
    Request shown = request;
    if (!authenticated_) {
        add_cookies(shown, challenge_, lane_.target());
    }
    std::string field = token_->text.expose_to([](std::string_view token) {
        std::string text;
        text.reserve(token.size() + 7);
        text.append("Bearer ").append(token);
        return text;
    });
    shown.headers.wipe("Authorization");
    shown.headers.add("Authorization", std::move(field));
    auto answer = lane_.send(shown, deadline);
    shown.headers.wipe("Authorization");
    if (!answer || tells_nothing(*answer)) {
        dead_ = true;
        return answer;
    }
    if (answer->status == 401) {
        offers_ = offered_schemes(answer->headers);
    } else if (!authenticated_) {
        authenticated_ = true;
        time_to_authenticate_ = std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started_);
    }
    return answer;
}

core::Outcome<Response> AuthenticatedLane::exchange_kerberos(const Request& request, const base::Deadline& deadline) {
    if (authenticated_ && !token_each_) {
        auto answer = lane_.send(request, deadline);
        dead_ = dead_ || !answer;
        if (!answer || answer->status != 401) {
            return answer;
        }
        token_each_ = true; // authPersistNonNTLM is off: a ticket is no presentation, so each request shows it
    }
    if (!asked_) {
        started_ = std::chrono::steady_clock::now();
        const auto answer = ask(without_body(request), deadline);
        if (!answer || answer->status != 401) {
            return answer;
        }
        if (!is_offered(Way::kerberos, offers_)) {
            return not_offered();
        }
        if (!answer->keeps_alive) {
            closed_by_question_ = true;
            return die(Cause::connection_lost, closing_words);
        }
    }
    return show_ticket(request, deadline);
}

/// Shows the account's ticket with the request: one token as a rule, more where SPNEGO has more to say.
core::Outcome<Response> AuthenticatedLane::show_ticket(const Request& request, const base::Deadline& deadline) {
    constexpr int most_legs = 3;
    presented_ = true; // at the domain controller, if not here
    auto ticket = ticket_for_(net::service_host(lane_.target()), deadline);
    if (!ticket) {
        dead_ = true;
        return tl::unexpected(std::move(ticket.error()));
    }
    auto handshake = SpnegoHandshake::start(*ticket, lane_.report().certificate.binding);
    if (!handshake) {
        return die(Cause::internal_error, handshake.error().message());
    }
    std::string said;
    for (int leg = 0; leg < most_legs; ++leg) {
        auto token = handshake->step(said);
        if (!token) {
            return die(Cause::kerberos_ticket_refused, token.error().message());
        }
        Request shown = request;
        add_cookies(shown, challenge_, lane_.target());
        shown.headers.set("Authorization", "Negotiate " + to_base64(*token));
        auto answer = lane_.send(shown, deadline);
        shown.headers.wipe("Authorization");
        if (!answer) {
            dead_ = true;
            return answer;
        }
        const auto all = challenges(answer->headers);
        const auto reply = std::find_if(
            all.begin(), all.end(), [](const Challenge& c) { return c.scheme == "negotiate" && !c.token.empty(); });
        said = reply == all.end() ? std::string() : from_base64(reply->token).value_or("");
        if (answer->status == 401) {
            offers_ = offered_schemes(answer->headers);
            if (said.empty() || handshake->complete()) {
                return die(Cause::kerberos_ticket_refused,
                           "401 after the ticket for " + ticket->service + "; " + offers_text(offers_));
            }
            continue;
        }
        if (tells_nothing(*answer)) {
            dead_ = true;
            return answer;
        }
        if (!said.empty()) {
            if (const auto last = handshake->step(said); !last) {
                return die(Cause::kerberos_ticket_refused, last.error().message());
            }
        }
        if (!handshake->complete()) {
            return die(Cause::kerberos_ticket_refused, "the server took the ticket but did not prove itself");
        }
        if (!authenticated_) {
            authenticated_ = true;
            time_to_authenticate_ =
                std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started_);
        }
        return answer;
    }
    return die(Cause::kerberos_ticket_refused, "the server asks for more without end");
}

core::Outcome<Response> AuthenticatedLane::exchange_ntlm(const Request& request, const base::Deadline& deadline) {
    const bool negotiated = *way_ == Way::negotiated_ntlm;
    const std::string_view scheme = name_of(scheme_of(*way_));
    const std::string prefix = negotiated ? "Negotiate " : "NTLM ";
    started_ = std::chrono::steady_clock::now();
    auto handshake = NtlmHandshake::start(identity_->ntlm,
                                          identity_->username,
                                          identity_->password,
                                          lane_.target().host,
                                          lane_.report().certificate.binding);
    if (!handshake) {
        return die(Cause::internal_error, handshake.error().message());
    }
    const auto type1 = handshake->negotiate();
    if (!type1) {
        return die(Cause::internal_error, type1.error().message());
    }
    Request question = without_body(request);
    question.headers.set("Authorization", prefix + to_base64(*type1));
    const auto answer = ask(question, deadline);
    if (!answer || answer->status != 401) {
        return answer;
    }

    const auto all = challenges(answer->headers);
    if (!is_offered(*way_, offers_)) {
        return not_offered();
    }
    if (!answer->keeps_alive) {
        return die(Cause::connection_lost, closing_words);
    }
    const auto with_token = std::find_if(
        all.begin(), all.end(), [&](const Challenge& c) { return c.scheme == scheme && !c.token.empty(); });
    const auto type2 = with_token == all.end() ? std::nullopt : from_base64(with_token->token);
    if (!type2) {
        return die(Cause::unexpected_answer,
                   "the server offers " + std::string(scheme) +
                       " but answers type 1 without a challenge (a proxy that mixes connections, or Kerberos alone?); "
                       "nothing was presented");
    }
    auto type3 = handshake->authenticate(*type2);
    if (!type3) {
        return die(Cause::unexpected_answer, type3.error().message() + "; nothing was presented");
    }
    std::string encoded = to_base64(*type3);
    base::wipe(*type3);
    std::string authorization;
    authorization.reserve(prefix.size() + encoded.size());
    authorization.append(prefix).append(encoded);
    base::wipe(encoded);

    Request authenticated = request;
    add_cookies(authenticated, challenge_, lane_.target());
    return present(std::move(authenticated), std::move(authorization), deadline);
}

core::Outcome<Response> AuthenticatedLane::exchange_basic(const Request& request, const base::Deadline& deadline) {
    if (identity_->username.find(':') != std::string::npos) {
        return die(Cause::internal_error, "a user name with a colon cannot go by Basic (RFC 7617)");
    }
    Request authenticated = request;
    if (!asked_) {
        started_ = std::chrono::steady_clock::now();
        const auto answer = ask(without_body(request), deadline);
        if (!answer || answer->status != 401) {
            return answer;
        }
        if (!is_offered(Way::basic, offers_)) {
            return not_offered();
        }
        if (!answer->keeps_alive) {
            closed_by_question_ = true;
            return die(Cause::connection_lost, closing_words);
        }
    }
    if (!authenticated_) {
        add_cookies(authenticated, challenge_, lane_.target());
    }
    std::string authorization = identity_->password.expose_to([&](std::string_view password) {
        std::string pair;
        pair.reserve(identity_->username.size() + 1 + password.size());
        pair.append(identity_->username).append(":").append(password);
        std::string encoded = to_base64(pair);
        base::wipe(pair);
        std::string field;
        field.reserve(encoded.size() + 6);
        field.append("Basic ").append(encoded);
        base::wipe(encoded);
        return field;
    });
    return present(std::move(authenticated), std::move(authorization), deadline);
}

/// The step before the presentation. Its 401 is the one that is hoped for.
core::Outcome<Response> AuthenticatedLane::ask(const Request& question, const base::Deadline& deadline) {
    auto answer = lane_.send(question, deadline);
    if (!answer) {
        dead_ = true;
        answer.error().detail += "; nothing was presented";
    } else if (answer->status == 401) {
        // The 401 with a challenge names its own scheme alone; what an anonymous one offered stays known.
        if (!asked_) {
            offers_ = offered_schemes(answer->headers);
        }
        challenge_ = answer->headers;
        asked_ = true;
    }
    return answer;
}

/// Asks the gate, sends, and gives the result back to the gate. There is no other place that presents.
core::Outcome<Response>
AuthenticatedLane::present(Request request, std::string authorization, const base::Deadline& deadline) {
    auto permit = gate_->begin({.account = identity_->account,
                                .fingerprint = identity_->fingerprint,
                                .door = door_,
                                .proving = proving_,
                                .handshake = *way_ != Way::basic,
                                .individual = identity_->individual,
                                .shown = identity_->individual ? identity_->username : std::string()},
                               deadline);
    if (!permit) {
        base::wipe(authorization);
        dead_ = dead_ || *way_ != Way::basic; // half a handshake is of no use later
        return tl::unexpected(std::move(permit.error()));
    }
    presented_ = true;
    request.headers.wipe("Authorization");
    request.headers.add("Authorization", std::move(authorization));
    auto answer = lane_.send(request, deadline);
    request.headers.wipe("Authorization");
    return judge(*permit, std::move(answer));
}

core::Outcome<Response> AuthenticatedLane::judge(core::Permit& permit, core::Outcome<Response> answer) {
    const bool ntlm = *way_ != Way::basic;
    const std::string after = ntlm ? " after NTLM type 3" : " after Basic";
    if (!answer) {
        dead_ = true;
        permit.finish(lane_.began_to_send() ? PresentationResult::unanswered : PresentationResult::not_sent,
                      answer.error().detail);
        return answer;
    }
    const std::string why = std::to_string(answer->status) + after;
    if (answer->status == 401) {
        offers_ = offered_schemes(answer->headers);
        const bool locked = says_locked(*answer);
        permit.finish({PresentationResult::refused,
                       why,
                       locked ? Cause::account_locked : Cause::credential_refused,
                       found_by(*answer, lane_.report().peer)});
        if (locked) {
            return die(Cause::account_locked, why + ": the server says that the account is locked out");
        }
        if (authenticated_) {
            return die(Cause::credential_suspect, why + " on a connection where it was accepted before");
        }
        std::string detail = why;
        if (ntlm && lane_.report().certificate.binding.empty()) {
            detail += " (no channel binding exists for this certificate; Extended Protection would refuse it)";
        }
        return die(Cause::credential_refused, detail);
    }
    if (tells_nothing(*answer)) {
        permit.finish(PresentationResult::unanswered, why);
        dead_ = true;
        return answer;
    }
    permit.finish(PresentationResult::accepted, why);
    if (!authenticated_) {
        authenticated_ = true;
        time_to_authenticate_ = std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started_);
    }
    return answer;
}

tl::unexpected<core::Failure> AuthenticatedLane::die(Cause cause, std::string detail) {
    dead_ = true;
    return core::failed(Stage::authenticate, cause, std::move(detail));
}

} // namespace mailpreflight::http
