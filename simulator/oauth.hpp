#pragma once

#include "simulator/directory.hpp"
#include "simulator/http_message.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/** Microsoft's token endpoint, and the tokens that it gives out. */
namespace mailpreflight::simulator {

/** An app registration. */
struct Application {
    std::string client_id;
    std::vector<std::string> secrets;
    std::vector<std::string> expired_secrets;
    std::vector<std::string> certificates; ///< PEM
    std::vector<std::string> roles = {"full_access_as_app"};
    bool enabled = true;

    /** How rights name it: "app:<client id>" */
    std::string logon_name() const;
};

/** What the endpoint says on command, once, in place of what it would have said. */
struct TokenAnswer {
    int status = 400;
    std::string error; ///< "invalid_client"
    int code = 0;      ///< AADSTS number
    int retry_after = -1;
    std::string body; ///< not empty: this and nothing else
    int delay_ms = 0;
};

struct OAuthState {
    std::string tenant = "5f0e0a10-7d4c-4a7e-9d5e-2a1f3c4b5d6e";
    std::vector<std::string> domains = {"contoso.onmicrosoft.com"};
    std::string resource;            ///< what tokens are for; empty: https:// and the host that was asked
    std::string expires_in = "3599"; ///< as it stands in the answer, so that it can be odd
    std::chrono::seconds token_lifetime{3599};
    std::vector<Application> applications;
    std::deque<TokenAnswer> next;

    std::uint64_t requests = 0;
    std::uint64_t refused = 0;      ///< of them, those that judged who asked
    std::set<std::string> used_ids; ///< jti of assertions
    std::string signing_key;        ///< made with the first token

    const Application* find(std::string_view client_id) const;
};

/** Is it /TENANT/oauth2/v2.0/token, whatever the tenant? */
bool is_token_path(std::string_view path);

HttpResponse serve_token(OAuthState& oauth, const HttpRequest& request, TimePoint now);

/** What a front end makes of a Bearer token. */
struct BearerVerdict {
    std::string application; ///< its client id; empty: refused
    std::string diagnostics; ///< x-ms-diagnostics of the 401
};
BearerVerdict judge_bearer(const OAuthState& oauth, std::string_view token, const std::string& host, TimePoint now);

/** The challenge by which Exchange offers Bearer. */
std::string bearer_challenge(bool after_a_token);

} // namespace mailpreflight::simulator
