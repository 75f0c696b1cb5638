#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "core/cause.hpp"
#include "http/aadsts.hpp"
#include "http/form.hpp"
#include "http/message.hpp"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// How an application proves itself in a token request.
enum class ClientProof { secret, assertion };

/// The body of a client credentials request (RFC 6749 4.4). Pure; it holds the secret and is wiped when it dies.
FormBody
token_request_body(const std::string& client_id, const std::string& scope, ClientProof kind, const base::Secret& proof);

/// A token, and how long it is good for; nothing: the endpoint did not say so in a way that could be read.
struct TokenGrant {
    base::Secret token;
    std::optional<base::Duration> life;
};

/// Why there is none, in the words of the endpoint.
struct TokenRefusal {
    core::Cause cause = core::Cause::unexpected_answer;
    TokenBearing bearing = TokenBearing::not_judged;
    std::string detail;
    std::optional<base::Duration> retry_after;

    bool operator==(const TokenRefusal&) const = default;
};

/// What a token endpoint answered. Pure. Of a refusal the number chooses the explanation; for a number that is not
/// known here, the word of RFC 6749 ("invalid_client") decides, and in doubt one stops. Of its text nothing is kept but
/// trace id, correlation id and time.
tl::expected<TokenGrant, TokenRefusal> read_token_answer(const Response& response);

/// The cause of a refusal whose detail the guard has kept ("... HTTP 401 invalid_client AADSTS7000222: ..."): a parked
/// account keeps saying why. Pure.
std::optional<core::Cause> cause_told_by(std::string_view detail);

} // namespace mailpreflight::http
