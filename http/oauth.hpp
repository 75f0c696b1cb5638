#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "core/credential_gate.hpp"
#include "core/failure.hpp"
#include "http/client_assertion.hpp"
#include "http/jwt.hpp"
#include "http/url.hpp"
#include "net/network.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace mailpreflight::http {

/// A token to show, and what it says of itself. Never changes.
struct AccessToken {
    base::Secret text;
    std::optional<TokenClaims> claims;    ///< nothing: it is no JSON web token
    base::SteadyTime gained;              ///< when it was asked for or read
    std::optional<base::SteadyTime> ends; ///< nothing: not known
    base::Duration life{0};               ///< zero: not known
    bool replaces_refused = false;        ///< Exchange had refused the one before it
};

using TokenPtr = std::shared_ptr<const AccessToken>;

/// How an account gets its tokens.
struct OAuthSettings {
    enum class From { secret, certificate, file };

    From from = From::secret;
    Url token_url; ///< "https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token"
    std::string client_id;
    AssertionAlgorithm algorithm = AssertionAlgorithm::ps256;
    std::string ca_file; ///< of the token endpoint; empty: the system's

    bool operator==(const OAuthSettings&) const = default;
};

/// Reads a token file anew; somebody else renews it.
using ReadToken = std::function<base::Result<base::Secret>()>;

/// The OAuth side of one account, shared by its lanes: one token for each scope, in memory only, wiped with it. Tokens
/// are renewed when less than five minutes or a tenth of their life is left. At most one token request a minute leaves,
/// whatever for; while the endpoint asks to wait, none. At the first refusal all tokens die. Safe to use from any
/// thread; the request in flight holds up the others.
class OAuth {
public:
    explicit OAuth(OAuthSettings settings,
                   std::optional<ClientCertificate> certificate = {},
                   ReadToken read_token = {});

    enum class Need {
        any,   ///< a kept one will do
        fresh, ///< one that proves the secret now
    };

    struct Call {
        net::Network& network;
        const base::Clock& clock;
        const base::Secret& secret; ///< the client secret; unused with a certificate or a file
        const std::string& scope;
        /// Asks for the permit of one token request.
        const std::function<core::Outcome<core::Permit>(const base::Deadline&)>& ask_permit;
        const base::Deadline& deadline;
    };

    /// A token for the scope. Failure at stage authenticate: what the endpoint said (http/aadsts.hpp),
    /// token_service_unavailable, token_missing, what its certificate was refused for, or what the guard said.
    core::Outcome<TokenPtr> token(const Call& call, Need need);

    /// Another one for a token that Exchange refused, or the same where none may be asked for: it is new, or it took
    /// the place of one that was refused, too.
    core::Outcome<TokenPtr> another(const Call& call, const TokenPtr& refused);

    [[nodiscard]] const OAuthSettings& settings() const noexcept {
        return settings_;
    }
    [[nodiscard]] const std::optional<ClientCertificate>& certificate() const noexcept {
        return certificate_;
    }

private:
    core::Outcome<TokenPtr> ask(const Call& call, bool replaces_refused);
    core::Outcome<TokenPtr> read_file(const Call& call, bool replaces_refused);
    core::Outcome<std::unique_lock<std::timed_mutex>> lock(const base::Deadline& deadline);

    const OAuthSettings settings_;
    const std::optional<ClientCertificate> certificate_;
    const ReadToken read_token_;
    std::timed_mutex mutex_;
    std::map<std::string, TokenPtr> tokens_; ///< by scope
    std::optional<base::SteadyTime> asked_;  ///< when the last request left
    std::optional<base::SteadyTime> wait_until_;
};

/// Is it to be renewed: less than max(5 min, a tenth of its life) is left? Pure.
bool wants_renewal(const AccessToken& token, base::SteadyTime now);

} // namespace mailpreflight::http
