#include "http/oauth.hpp"

#include "base/text.hpp"
#include "http/rest_client.hpp"
#include "http/token_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mailpreflight::http {

namespace {

using core::Cause;
using core::PresentationResult;
using core::Stage;

constexpr base::Duration between_requests = std::chrono::minutes(1);
constexpr base::Duration least_left = std::chrono::minutes(5);
constexpr std::chrono::seconds longest_request{30};

tl::unexpected<core::Failure>
failed(Cause cause, std::string detail, std::optional<base::Duration> retry_after = std::nullopt) {
    return core::failed(Stage::authenticate, cause, std::move(detail), retry_after);
}

base::Duration rounded(std::chrono::steady_clock::duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration);
}

bool is_over(const AccessToken& token, base::SteadyTime now) {
    return token.ends && *token.ends <= now;
}

/// Trouble on the way to the endpoint is not the source's: a certificate that is refused keeps its own name.
core::Failure on_the_way(const core::Failure& failure, const std::string& host) {
    core::Failure shown = failure;
    shown.stage = Stage::authenticate;
    if (failure.stage != Stage::tls || failure.cause == Cause::no_answer || failure.cause == Cause::internal_error) {
        shown.cause = Cause::token_service_unavailable;
    }
    shown.detail = fmt::format("token endpoint {}: {}: {}", host, core::code_of(failure.cause), failure.detail);
    return shown;
}

TokenPtr
make_token(base::Secret text, std::optional<base::Duration> life, bool replaces_refused, const base::Clock& clock) {
    auto token = std::make_shared<AccessToken>();
    if (auto claims = text.expose_to([](std::string_view bytes) { return read_claims(bytes); })) {
        token->claims = std::move(*claims);
    }
    token->text = std::move(text);
    token->gained = clock.steady_now();
    token->replaces_refused = replaces_refused;
    if (!life && token->claims && token->claims->expires) {
        life = *token->claims->expires - clock.now();
    }
    if (life) {
        token->life = *life;
        token->ends = token->gained + *life;
    }
    return token;
}

} // namespace

bool wants_renewal(const AccessToken& token, base::SteadyTime now) {
    return !token.ends || *token.ends - now < std::max<base::Duration>(least_left, token.life / 10);
}

OAuth::OAuth(OAuthSettings settings, std::optional<ClientCertificate> certificate, ReadToken read_token) :
    settings_(std::move(settings)),
    certificate_(std::move(certificate)),
    read_token_(std::move(read_token)) {}

core::Outcome<std::unique_lock<std::timed_mutex>> OAuth::lock(const base::Deadline& deadline) {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (!lock.try_lock_until(deadline.at)) {
        return failed(Cause::presentation_withheld, "another token request of this account is under way");
    }
    return lock;
}

core::Outcome<TokenPtr> OAuth::token(const Call& call, Need need) {
    const auto held = lock(call.deadline);
    if (!held) {
        return tl::unexpected(held.error());
    }
    const base::SteadyTime now = call.clock.steady_now();
    const TokenPtr kept = tokens_[call.scope];
    const bool usable = kept && !is_over(*kept, now);
    if (settings_.from == OAuthSettings::From::file) {
        return need == Need::any && usable && !wants_renewal(*kept, now) ? kept : read_file(call, false);
    }
    const bool too_soon = asked_ && now - *asked_ < between_requests;
    if (usable && (too_soon || (need == Need::any && !wants_renewal(*kept, now)))) {
        return kept;
    }
    auto token = ask(call, false);
    // What a renewal ahead of time meets does not take away what is still good; a refusal does.
    if (!token && need == Need::any && usable && tokens_.contains(call.scope)) {
        return kept;
    }
    return token;
}

core::Outcome<TokenPtr> OAuth::another(const Call& call, const TokenPtr& refused) {
    const auto held = lock(call.deadline);
    if (!held) {
        return tl::unexpected(held.error());
    }
    const TokenPtr kept = tokens_[call.scope];
    if (kept && kept != refused) {
        return kept; // somebody was faster
    }
    const base::SteadyTime now = call.clock.steady_now();
    if (refused->replaces_refused || now - refused->gained < between_requests ||
        (asked_ && now - *asked_ < between_requests)) {
        return refused;
    }
    return settings_.from == OAuthSettings::From::file ? read_file(call, true) : ask(call, true);
}

core::Outcome<TokenPtr> OAuth::read_file(const Call& call, bool replaces_refused) {
    auto text = read_token_();
    if (!text) {
        return failed(Cause::token_missing, text.error().message());
    }
    if (!text->expose_to([](std::string_view bytes) { return is_token_text(bytes); })) {
        return failed(Cause::token_missing, "the token file holds something else than one access token");
    }
    TokenPtr token = make_token(std::move(*text), std::nullopt, replaces_refused, call.clock);
    if (is_over(*token, token->gained)) {
        return failed(Cause::token_missing,
                      fmt::format("the token of the file ended at {}", base::to_rfc3339(*token->claims->expires)));
    }
    tokens_[call.scope] = token;
    return token;
}

/// One token request under the guard. There is no other place that presents.
core::Outcome<TokenPtr> OAuth::ask(const Call& call, bool replaces_refused) {
    const base::SteadyTime now = call.clock.steady_now();
    if (wait_until_ && now < *wait_until_) {
        return failed(
            Cause::token_service_unavailable, "the token endpoint asked to wait", rounded(*wait_until_ - now));
    }
    if (asked_ && now - *asked_ < between_requests) {
        return failed(Cause::presentation_withheld,
                      "one token request a minute: the last one left less than that ago",
                      rounded(*asked_ + between_requests - now));
    }
    const std::string token_url = to_text(settings_.token_url);
    base::Secret assertion;
    if (certificate_) {
        if (certificate_->not_after() <= call.clock.now()) {
            return failed(Cause::client_certificate_refused,
                          fmt::format("the certificate ended at {}; nothing was sent",
                                      base::to_rfc3339(certificate_->not_after())));
        }
        auto made =
            make_assertion(*certificate_, settings_.algorithm, token_url, settings_.client_id, call.clock.now());
        if (!made) {
            return failed(Cause::internal_error, made.error().message());
        }
        assertion = std::move(*made);
    }
    auto permit = call.ask_permit(call.deadline);
    if (!permit) {
        core::Failure held = std::move(permit.error());
        if (held.cause == Cause::credential_parked || held.cause == Cause::account_locked) {
            tokens_.clear();
            held.cause = cause_told_by(held.detail).value_or(held.cause);
        }
        return tl::unexpected(std::move(held));
    }
    const FormBody body = token_request_body(settings_.client_id,
                                             call.scope,
                                             certificate_ ? ClientProof::assertion : ClientProof::secret,
                                             certificate_ ? assertion : call.secret);
    Request request{.method = "POST", .target = settings_.token_url.target, .body = body.text()};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Accept", "application/json");
    asked_ = now;
    auto response = ask_service(call.network,
                                {settings_.token_url.host, settings_.token_url.port, {.ca_file = settings_.ca_file}},
                                request,
                                call.deadline.at_most(longest_request));
    base::wipe(request.body);
    if (!response) {
        const core::Failure shown = on_the_way(response.error(), settings_.token_url.host);
        const bool left = response.error().stage == Stage::exchange;
        if (!left) {
            asked_.reset();
        }
        permit->finish(left ? PresentationResult::unanswered : PresentationResult::not_sent, shown.detail);
        return tl::unexpected(shown);
    }
    auto grant = read_token_answer(*response);
    base::wipe(response->body);
    if (!grant) {
        const TokenRefusal& refusal = grant.error();
        switch (refusal.bearing) {
        case TokenBearing::not_judged:
            permit->finish(PresentationResult::unanswered, refusal.detail);
            break;
        case TokenBearing::refused:
        case TokenBearing::locked:
            permit->finish({PresentationResult::refused, refusal.detail, refusal.cause, {}});
            tokens_.clear();
            break;
        }
        if (refusal.retry_after) {
            wait_until_ = call.clock.steady_now() + *refusal.retry_after;
        }
        return failed(refusal.cause, "token endpoint: " + refusal.detail, refusal.retry_after);
    }
    permit->finish(PresentationResult::accepted, "a token was given");
    TokenPtr token = make_token(std::move(grant->token), grant->life, replaces_refused, call.clock);
    tokens_[call.scope] = token;
    return token;
}

} // namespace mailpreflight::http
