#include "simulator/oauth.hpp"

#include "simulator/json_reader.hpp"
#include "simulator/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

namespace mailpreflight::simulator {

namespace {

constexpr std::string_view default_scope = "/.default";
constexpr std::string_view application_role = "full_access_as_app";
constexpr std::string_view assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::int64_t skew = 300; ///< seconds that clocks may differ

struct Refused {
    int status;
    std::string_view error;
    int code;
    std::string text;
};

std::int64_t seconds_of(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string to_base64url(std::string_view bytes) {
    std::string text = to_base64(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.erase(std::ranges::find(text, '='), text.end());
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string plain(text);
    std::ranges::replace(plain, '-', '+');
    std::ranges::replace(plain, '_', '/');
    plain.append((4 - plain.size() % 4) % 4, '=');
    return from_base64(plain);
}

std::string hmac(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(),
         key.data(),
         static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()),
         text.size(),
         digest.data(),
         &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

/** The three parts of a JSON web token, the first two decoded. */
struct Jwt {
    Json header;
    Json payload;
    std::string signed_text;
    std::string signature;
};

std::optional<Jwt> read_jwt(std::string_view text) {
    const std::vector<std::string> parts = split(text, '.');
    if (parts.size() != 3) {
        return std::nullopt;
    }
    const auto header = from_base64url(parts[0]);
    const auto payload = from_base64url(parts[1]);
    const auto signature = from_base64url(parts[2]);
    if (!header || !payload || !signature) {
        return std::nullopt;
    }
    try {
        Jwt jwt{parse_json(*header), parse_json(*payload), parts[0] + "." + parts[1], *signature};
        return jwt.header.is_object() && jwt.payload.is_object() ? std::optional(std::move(jwt)) : std::nullopt;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

std::string text_of(const Json& object, const char* name) {
    return object.has_string_field(name) ? object.at(name).as_string() : std::string();
}

std::int64_t number_of(const Json& object, const char* name) {
    return object.has_number_field(name) ? object.at(name).as_number().to_int64() : 0;
}

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read_certificate(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       &BIO_free);
    return {PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free};
}

std::string thumbprint(X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    return to_base64url({reinterpret_cast<const char*>(digest.data()), size});
}

bool is_signed_by(const Jwt& jwt, X509* certificate, bool pss) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    bool good =
        EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, X509_get0_pubkey(certificate)) == 1;
    if (pss) {
        good = good && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha256()) == 1;
    }
    return good && EVP_DigestVerify(context.get(),
                                    reinterpret_cast<const unsigned char*>(jwt.signature.data()),
                                    jwt.signature.size(),
                                    reinterpret_cast<const unsigned char*>(jwt.signed_text.data()),
                                    jwt.signed_text.size()) == 1;
}

std::optional<Refused> judge_secret(const Application& application, const std::string& secret) {
    if (std::ranges::find(application.secrets, secret) != application.secrets.end()) {
        return std::nullopt;
    }
    if (std::ranges::find(application.expired_secrets, secret) != application.expired_secrets.end()) {
        return Refused{401, "invalid_client", 7000222, "The provided client secret keys are expired."};
    }
    return Refused{401, "invalid_client", 7000215, "Invalid client secret provided."};
}

std::optional<Refused> judge_assertion(OAuthState& oauth,
                                       const Application& application,
                                       const std::string& assertion,
                                       const std::string& token_url,
                                       TimePoint now) {
    const auto wrong = [](int code, std::string text) { return Refused{401, "invalid_client", code, std::move(text)}; };
    const auto jwt = read_jwt(assertion);
    if (!jwt) {
        return wrong(50013, "Assertion failed signature validation: malformed.");
    }
    const std::string algorithm = text_of(jwt->header, "alg");
    if (algorithm != "PS256" && algorithm != "RS256") {
        return wrong(50013, "Assertion algorithm is not supported.");
    }
    const std::string wanted = text_of(jwt->header, "x5t#S256");
    Certificate found(nullptr, &X509_free);
    for (const std::string& pem : application.certificates) {
        Certificate certificate = read_certificate(pem);
        if (certificate && thumbprint(certificate.get()) == wanted) {
            found = std::move(certificate);
        }
    }
    if (!found) {
        return wrong(700027, "The certificate with identifier used to sign the client assertion is not registered.");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(found.get())) < 0) {
        return wrong(700027, "The certificate used to sign the client assertion is expired.");
    }
    if (!is_signed_by(*jwt, found.get(), algorithm == "PS256")) {
        return wrong(700027, "Client assertion contains an invalid signature.");
    }
    const std::int64_t moment = seconds_of(now);
    const std::int64_t from = number_of(jwt->payload, "nbf");
    const std::int64_t until = number_of(jwt->payload, "exp");
    if (from > moment + skew || until < moment - skew || until - from > 600) {
        return wrong(700024, "Client assertion is not within its valid time range.");
    }
    if (text_of(jwt->payload, "aud") != token_url || text_of(jwt->payload, "iss") != application.client_id ||
        text_of(jwt->payload, "sub") != application.client_id) {
        return wrong(50013, "Assertion audience or issuer is not valid.");
    }
    const std::string id = text_of(jwt->payload, "jti");
    if (id.empty() || !oauth.used_ids.insert(id).second) {
        return wrong(50013, "Assertion was used before.");
    }
    return std::nullopt;
}

std::optional<Refused> judge_request(OAuthState& oauth,
                                     const HttpRequest& request,
                                     const std::string& resource,
                                     const std::string& token_url,
                                     TimePoint now) {
    const auto field = [&](std::string_view name) { return form_field(request.body, name).value_or(""); };
    const std::string tenant = request.path().substr(1, request.path().find('/', 1) - 1);
    const bool known = equals_ignoring_case(tenant, oauth.tenant) ||
                       std::ranges::any_of(oauth.domains, [&](const std::string& domain) {
                           return equals_ignoring_case(tenant, domain);
                       });
    if (!known) {
        return Refused{400, "invalid_request", 90002, fmt::format("Tenant '{}' not found.", tenant)};
    }
    if (field("grant_type") != "client_credentials") {
        return Refused{400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."};
    }
    const Application* const application = oauth.find(field("client_id"));
    if (application == nullptr) {
        return Refused{400, "unauthorized_client", 700016, "Application was not found in the directory."};
    }
    if (!application->enabled) {
        return Refused{400, "unauthorized_client", 7000112, "Application is disabled."};
    }
    const std::string scope = field("scope");
    if (!scope.ends_with(default_scope)) {
        return Refused{400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."};
    }
    if (scope.substr(0, scope.size() - default_scope.size()) != resource) {
        return Refused{400, "invalid_resource", 500011, "The resource principal was not found in the tenant."};
    }
    if (const std::string secret = field("client_secret"); !secret.empty()) {
        return judge_secret(*application, secret);
    }
    if (field("client_assertion_type") == assertion_type) {
        return judge_assertion(oauth, *application, field("client_assertion"), token_url, now);
    }
    return Refused{401,
                   "invalid_client",
                   7000218,
                   "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."};
}

HttpResponse json_answer(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.add("Content-Type", "application/json; charset=utf-8");
    response.add("Cache-Control", "no-store, no-cache");
    response.body = std::move(body);
    return response;
}

HttpResponse refusal(const Refused& why, TimePoint now) {
    const std::string trace = random_guid();
    const std::string correlation = random_guid();
    const std::string at = fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
    Json json = Json::object(true);
    json["error"] = Json::string(std::string(why.error));
    json["error_description"] = Json::string(fmt::format(
        "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}", why.code, why.text, trace, correlation, at));
    json["error_codes"] = Json::array({Json::number(why.code)});
    json["timestamp"] = Json::string(at);
    json["trace_id"] = Json::string(trace);
    json["correlation_id"] = Json::string(correlation);
    json["error_uri"] = Json::string(fmt::format("https://login.microsoftonline.com/error?code={}", why.code));
    return json_answer(why.status, json.serialize());
}

HttpResponse on_command(const TokenAnswer& wanted, TimePoint now) {
    HttpResponse response = wanted.body.empty()
                                ? refusal({wanted.status, wanted.error, wanted.code, "As the test wants it."}, now)
                                : json_answer(wanted.status, wanted.body);
    if (wanted.retry_after >= 0) {
        response.add("Retry-After", std::to_string(wanted.retry_after));
    }
    response.delay = std::chrono::milliseconds(wanted.delay_ms);
    return response;
}

std::string make_token(OAuthState& oauth, const Application& application, const std::string& resource, TimePoint now) {
    if (oauth.signing_key.empty()) {
        oauth.signing_key = random_bytes(32);
    }
    const std::int64_t moment = seconds_of(now);
    Json payload = Json::object(true);
    payload["aud"] = Json::string(resource);
    payload["iss"] = Json::string(fmt::format("https://sts.windows.net/{}/", oauth.tenant));
    payload["iat"] = Json::number(moment);
    payload["nbf"] = Json::number(moment);
    payload["exp"] = Json::number(moment + oauth.token_lifetime.count());
    payload["appid"] = Json::string(application.client_id);
    payload["tid"] = Json::string(oauth.tenant);
    payload["roles"] = to_json(application.roles);
    payload["uti"] = Json::string(to_hex(random_bytes(8)));
    const std::string text = to_base64url(R"({"typ":"JWT","alg":"HS256"})") + "." + to_base64url(payload.serialize());
    return text + "." + to_base64url(hmac(oauth.signing_key, text));
}

std::string diagnostics(int number, std::string_view reason, std::string_view category) {
    return fmt::format("{};reason=\"{}\";error_category=\"{}\"", number, reason, category);
}

} // namespace

std::string Application::logon_name() const {
    return "app:" + client_id;
}

const Application* OAuthState::find(std::string_view client_id) const {
    const auto found = std::ranges::find_if(
        applications, [&](const Application& one) { return equals_ignoring_case(one.client_id, client_id); });
    return found == applications.end() ? nullptr : &*found;
}

bool is_token_path(std::string_view path) {
    constexpr std::string_view end = "/oauth2/v2.0/token";
    return path.ends_with(end) && path.find('/', 1) == path.size() - end.size();
}

HttpResponse serve_token(OAuthState& oauth, const HttpRequest& request, TimePoint now) {
    if (request.method != "POST") {
        HttpResponse response;
        response.status = 405;
        return response;
    }
    ++oauth.requests;
    if (!oauth.next.empty()) {
        const TokenAnswer wanted = oauth.next.front();
        oauth.next.pop_front();
        oauth.refused += wanted.status == 400 || wanted.status == 401 ? 1U : 0U;
        return on_command(wanted, now);
    }
    const std::string resource = oauth.resource.empty() ? "https://" + request.host() : oauth.resource;
    const std::string token_url = "https://" + request.host() + request.target.substr(0, request.target.find('?'));
    if (const auto why = judge_request(oauth, request, resource, token_url, now)) {
        ++oauth.refused;
        return refusal(*why, now);
    }
    const Application& application = *oauth.find(form_field(request.body, "client_id").value_or(""));
    return json_answer(
        200,
        fmt::format(R"({{"token_type":"Bearer","expires_in":{0},"ext_expires_in":{0},"access_token":"{1}"}})",
                    oauth.expires_in,
                    make_token(oauth, application, resource, now)));
}

BearerVerdict judge_bearer(const OAuthState& oauth, std::string_view token, const std::string& host, TimePoint now) {
    const auto refused = [](std::string text) { return BearerVerdict{{}, std::move(text)}; };
    const auto jwt = read_jwt(token);
    if (!jwt || oauth.signing_key.empty() || hmac(oauth.signing_key, jwt->signed_text) != jwt->signature) {
        return refused(diagnostics(2000001, "The token is malformed or its signature is invalid.", "invalid_token"));
    }
    const std::string resource = oauth.resource.empty() ? "https://" + host : oauth.resource;
    if (const std::string audience = text_of(jwt->payload, "aud"); audience != resource) {
        return refused(diagnostics(
            2000003, fmt::format("The audience claim value is invalid '{}'.", audience), "invalid_resource"));
    }
    if (text_of(jwt->payload, "tid") != oauth.tenant) {
        return refused(
            diagnostics(2000004,
                        fmt::format("The tenant for tenant guid '{}' does not exist.", text_of(jwt->payload, "tid")),
                        "invalid_tenant"));
    }
    if (number_of(jwt->payload, "exp") <= seconds_of(now)) {
        return refused(diagnostics(2000001, "The token has expired.", "invalid_lifetime"));
    }
    const Application* const application = oauth.find(text_of(jwt->payload, "appid"));
    const bool has_role = jwt->payload.has_array_field("roles") &&
                          std::ranges::any_of(jwt->payload.at("roles").as_array(), [](const Json& role) {
                              return role.is_string() && role.as_string() == application_role;
                          });
    if (application == nullptr || !has_role) {
        return refused(diagnostics(
            2000008, "The token contains no permissions, or permissions can not be understood.", "invalid_grant"));
    }
    return {application->client_id, {}};
}

std::string bearer_challenge(bool after_a_token) {
    return std::string("Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\", "
                       "trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", "
                       "token_types=\"app_asserted_user_v1 service_asserted_app_v1\", "
                       "authorization_uri=\"https://login.windows.net/common/oauth2/authorize\"") +
           (after_a_token ? ", error=\"invalid_token\"" : "");
}

} // namespace mailpreflight::simulator
