#include "http/authenticated_lane.hpp"

#include "base/text.hpp"
#include "http/base64.hpp"
#include "http/cookie_jar.hpp"

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

/// The question before the presentation: the same request without its body.
Request without_body(const Request& request) {
    return {request.method, request.target, request.headers, {}};
}

/// Cookies that came with the challenge go back with the answer: balancers keep a connection by them.
void add_cookies(Request& request, const Response& challenge, const net::Target& target) {
    CookieJar jar(Url{"https", target.host, target.port, request.target});
    const auto now = std::chrono::time_point_cast<base::Duration>(std::chrono::system_clock::now());
    jar.take(challenge.headers, request.target, now);
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

std::string_view name_of(Scheme scheme) {
    switch (scheme) {
    case Scheme::ntlm:
        return "ntlm";
    case Scheme::basic:
        return "basic";
    }
    throw std::logic_error("no such scheme");
}

AuthenticatedLane::AuthenticatedLane(Lane lane,
                                     Scheme scheme,
                                     std::shared_ptr<const Identity> identity,
                                     core::CredentialGate& gate,
                                     core::Door door,
                                     bool proving) :
    lane_(std::move(lane)),
    scheme_(scheme),
    identity_(std::move(identity)),
    gate_(&gate),
    door_(std::move(door)),
    proving_(proving) {}

core::Outcome<Response> AuthenticatedLane::exchange(const Request& request, const base::Deadline& deadline) {
    if (dead_) {
        return core::failed(Stage::exchange, Cause::connection_lost, "this lane was closed");
    }
    switch (scheme_) {
    case Scheme::ntlm:
        return authenticated_ ? ride(request, deadline) : exchange_ntlm(request, deadline);
    case Scheme::basic:
        return exchange_basic(request, deadline);
    }
    throw std::logic_error("no such scheme");
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

core::Outcome<Response> AuthenticatedLane::exchange_ntlm(const Request& request, const base::Deadline& deadline) {
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
    question.headers.set("Authorization", "NTLM " + to_base64(*type1));
    const auto answer = ask(std::move(question), deadline);
    if (!answer || answer->status != 401) {
        return answer;
    }

    const auto all = challenges(answer->headers);
    const auto offered = std::find_if(all.begin(), all.end(), [](const Challenge& c) { return c.scheme == "ntlm"; });
    if (offered == all.end()) {
        return die(Cause::auth_scheme_not_offered, "ntlm is wanted, " + offers_text(offers_));
    }
    if (!answer->keeps_alive) {
        return die(Cause::connection_lost,
                   "the server closes the connection with its first 401 (Connection: close), and NTLM needs one "
                   "connection; nothing was presented");
    }
    const auto with_token =
        std::find_if(all.begin(), all.end(), [](const Challenge& c) { return c.scheme == "ntlm" && !c.token.empty(); });
    const auto type2 = with_token == all.end() ? std::nullopt : from_base64(with_token->token);
    if (!type2) {
        return die(Cause::unexpected_answer,
                   "the server offers ntlm but answers type 1 without a challenge (a proxy that mixes connections?); "
                   "nothing was presented");
    }
    auto type3 = handshake->authenticate(*type2);
    if (!type3) {
        return die(Cause::unexpected_answer, type3.error().message() + "; nothing was presented");
    }
    std::string encoded = to_base64(*type3);
    base::wipe(*type3);
    std::string authorization;
    authorization.reserve(encoded.size() + 5);
    authorization.append("NTLM ").append(encoded);
    base::wipe(encoded);

    Request authenticated = request;
    add_cookies(authenticated, *answer, lane_.target());
    return present(std::move(authenticated), std::move(authorization), deadline);
}

core::Outcome<Response> AuthenticatedLane::exchange_basic(const Request& request, const base::Deadline& deadline) {
    if (identity_->username.find(':') != std::string::npos) {
        return die(Cause::internal_error, "a user name with a colon cannot go by Basic (RFC 7617)");
    }
    Request authenticated = request;
    if (!basic_offered_) {
        started_ = std::chrono::steady_clock::now();
        const auto answer = ask(without_body(request), deadline);
        if (!answer || answer->status != 401) {
            return answer;
        }
        if (std::find(offers_.begin(), offers_.end(), "basic") == offers_.end()) {
            return die(Cause::auth_scheme_not_offered, "basic is wanted, " + offers_text(offers_));
        }
        if (!answer->keeps_alive) {
            return die(
                Cause::connection_lost,
                "the server closes the connection with its first 401 (Connection: close); nothing was presented");
        }
        basic_offered_ = true;
        add_cookies(authenticated, *answer, lane_.target());
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
core::Outcome<Response> AuthenticatedLane::ask(Request question, const base::Deadline& deadline) {
    if (scheme_ == Scheme::basic) {
        question.headers.wipe("Authorization");
    }
    auto answer = lane_.send(question, deadline);
    if (!answer) {
        dead_ = true;
        answer.error().detail += "; nothing was presented";
    } else if (answer->status == 401) {
        offers_ = offered_schemes(answer->headers);
    }
    return answer;
}

/// Asks the gate, sends, and gives the result back to the gate. There is no other place that presents.
core::Outcome<Response>
AuthenticatedLane::present(Request request, std::string authorization, const base::Deadline& deadline) {
    auto permit = gate_->begin(
        {.account = identity_->account, .fingerprint = identity_->fingerprint, .door = door_, .proving = proving_},
        deadline);
    if (!permit) {
        base::wipe(authorization);
        dead_ = dead_ || scheme_ == Scheme::ntlm; // half a handshake is of no use later
        return tl::unexpected(std::move(permit.error()));
    }
    request.headers.wipe("Authorization");
    request.headers.add("Authorization", std::move(authorization));
    auto answer = lane_.send(request, deadline);
    request.headers.wipe("Authorization");
    return judge(*permit, std::move(answer));
}

core::Outcome<Response> AuthenticatedLane::judge(core::Permit& permit, core::Outcome<Response> answer) {
    const std::string after = scheme_ == Scheme::ntlm ? " after NTLM type 3" : " after Basic";
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
        permit.finish(PresentationResult::refused, why, locked);
        if (locked) {
            return die(Cause::account_locked, why + ": the server says that the account is locked out");
        }
        if (authenticated_) {
            return die(Cause::credential_suspect, why + " on a connection where it was accepted before");
        }
        std::string detail = why;
        if (scheme_ == Scheme::ntlm && lane_.report().certificate.binding.empty()) {
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
