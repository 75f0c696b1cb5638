#include "http/token_answer.hpp"

#include "base/text.hpp"
#include "http/jwt.hpp"
#include "json/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace mailpreflight::http {

namespace {

using core::Cause;
using enum TokenBearing;

// With continuous access evaluation tokens live up to 28 hours.
constexpr double longest_life = 48 * 3600;
constexpr int longest_wait = 3600;

struct Word {
    std::string_view error;
    Cause cause;
    TokenBearing bearing;
};

/// RFC 6749 5.2 and Microsoft's additions: they decide where the number is not known.
constexpr std::array words{
    Word{"invalid_client", Cause::credential_refused, refused},
    Word{"invalid_grant", Cause::credential_refused, refused},
    Word{"unauthorized_client", Cause::client_unknown, refused},
    Word{"invalid_request", Cause::oauth_request_wrong, refused},
    Word{"unsupported_grant_type", Cause::oauth_request_wrong, refused},
    Word{"invalid_scope", Cause::oauth_request_wrong, refused},
    Word{"invalid_resource", Cause::oauth_request_wrong, refused},
    Word{"interaction_required", Cause::multi_factor_required, refused},
    Word{"consent_required", Cause::consent_missing, refused},
    Word{"access_denied", Cause::consent_missing, refused},
    Word{"temporarily_unavailable", Cause::token_service_unavailable, not_judged},
    Word{"server_error", Cause::token_service_unavailable, not_judged},
};

/// A member that is a text of harmless characters, cut.
std::string plain_text(const json::Value& answer, const char* name) {
    if (!answer.has_string_field(name)) {
        return {};
    }
    std::string text = base::shorten(answer.at(name).as_string(), 64);
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == ':' || c == '.' || c == ' ';
    });
    return plain ? text : std::string();
}

int leading_number(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// error_codes[0], else the digits behind "AADSTS" in the description; 0: none.
int code_of(const json::Value& answer) {
    if (answer.has_array_field("error_codes") && answer.at("error_codes").size() > 0) {
        const json::Value& first = answer.at("error_codes").at(0);
        if (first.is_number() && first.as_number().is_int32()) {
            return first.as_number().to_int32();
        }
    }
    if (answer.has_string_field("error_description")) {
        const std::string& text = answer.at("error_description").as_string();
        constexpr std::string_view prefix = "AADSTS";
        const std::size_t at = text.find(prefix);
        return at == std::string::npos ? 0 : leading_number(std::string_view(text).substr(at + prefix.size()));
    }
    return 0;
}

std::optional<base::Duration> wait_of(const Response& response) {
    const std::string_view field = base::trim(response.headers.first("Retry-After"));
    int seconds = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), seconds);
    if (field.empty() || error != std::errc() || end != field.data() + field.size() || seconds < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(std::min(seconds, longest_wait));
}

/// A number, or a number as text (older endpoints write one); what is not positive is not said.
std::optional<base::Duration> life_of(const json::Value& answer) {
    if (!answer.has_field("expires_in")) {
        return std::nullopt;
    }
    const json::Value& value = answer.at("expires_in");
    double seconds = 0;
    if (value.is_number()) {
        seconds = value.as_double();
    } else if (value.is_string()) {
        const std::string& text = value.as_string();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc() || end != text.data() + text.size()) {
            return std::nullopt;
        }
    }
    if (!std::isfinite(seconds) || seconds < 1) {
        return std::nullopt;
    }
    return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, longest_life)));
}

bool is_trouble(int status) {
    return status == 429 || status >= 500;
}

tl::unexpected<TokenRefusal> not_an_answer(const Response& response, std::string_view what) {
    TokenRefusal refusal;
    refusal.cause = is_trouble(response.status) ? Cause::token_service_unavailable : Cause::unexpected_answer;
    refusal.bearing = not_judged;
    refusal.detail = fmt::format("HTTP {}: {}", response.status, what);
    refusal.retry_after = wait_of(response);
    return tl::unexpected(std::move(refusal));
}

TokenRefusal refusal_of(const Response& response, const json::Value& answer) {
    const int code = code_of(answer);
    const std::string error = plain_text(answer, "error");
    TokenRefusal refusal;
    refusal.retry_after = wait_of(response);
    std::string advice;
    const auto* const word = std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.error == error; });
    if (const Aadsts* const known = aadsts(code)) {
        refusal.cause = known->cause;
        refusal.bearing = known->bearing;
        advice = known->advice;
    } else if (is_trouble(response.status)) {
        refusal.cause = Cause::token_service_unavailable;
        refusal.bearing = not_judged;
    } else if (word != words.end()) {
        refusal.cause = word->cause;
        refusal.bearing = word->bearing;
    } else {
        refusal.cause = Cause::unexpected_answer;
        refusal.bearing = refused; // in doubt one stops
    }
    refusal.detail = fmt::format("HTTP {} {}", response.status, error.empty() ? "without an error's name" : error);
    if (code != 0) {
        refusal.detail += fmt::format(" AADSTS{}", code);
    }
    if (!advice.empty()) {
        refusal.detail += ": " + advice;
    }
    for (const auto& [name, label] :
         {std::pair("trace_id", "trace"), std::pair("correlation_id", "correlation"), std::pair("timestamp", "at")}) {
        if (const std::string text = plain_text(answer, name); !text.empty()) {
            refusal.detail += fmt::format("; {} {}", label, text);
        }
    }
    return refusal;
}

} // namespace

std::optional<core::Cause> cause_told_by(std::string_view detail) {
    constexpr std::string_view prefix = "AADSTS";
    if (const std::size_t at = detail.find(prefix); at != std::string_view::npos) {
        if (const Aadsts* const known = aadsts(leading_number(detail.substr(at + prefix.size())))) {
            return known->cause;
        }
    }
    constexpr std::string_view http = "HTTP ";
    const std::size_t at = detail.find(http);
    const std::string_view rest = at == std::string_view::npos ? "" : detail.substr(at + http.size());
    const std::size_t blank = rest.find(' ');
    const std::string_view error =
        blank == std::string_view::npos ? "" : rest.substr(blank + 1, rest.find_first_of(" ;:", blank + 1) - blank - 1);
    const auto* const word = std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.error == error; });
    return word == words.end() ? std::nullopt : std::optional(word->cause);
}

FormBody token_request_body(const std::string& client_id,
                            const std::string& scope,
                            ClientProof kind,
                            const base::Secret& proof) {
    FormBody body;
    body.add("client_id", client_id).add("scope", scope).add("grant_type", "client_credentials");
    if (kind == ClientProof::secret) {
        body.add("client_secret", proof);
    } else {
        body.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .add("client_assertion", proof);
    }
    return body;
}

tl::expected<TokenGrant, TokenRefusal> read_token_answer(const Response& response) {
    auto answer = json::parse(response.body);
    if (!answer || !answer->is_object()) {
        return not_an_answer(response, "no JSON object, so not a token endpoint's answer");
    }
    if (response.status != 200) {
        if (!answer->has_field("error") && !is_trouble(response.status)) {
            return not_an_answer(response, "JSON, but not a token endpoint's answer");
        }
        return tl::unexpected(refusal_of(response, *answer));
    }
    if (answer->has_field("error")) {
        return tl::unexpected(refusal_of(response, *answer));
    }
    const bool bearer = answer->has_string_field("token_type") &&
                        base::equals_ignoring_case(answer->at("token_type").as_string(), "bearer");
    if (!bearer || !answer->has_string_field("access_token") ||
        !is_token_text(answer->at("access_token").as_string())) {
        return not_an_answer(response, "no Bearer token in it");
    }
    const std::string& text = answer->at("access_token").as_string();
    TokenGrant grant{base::Secret(text), life_of(*answer)};
    base::wipe(const_cast<std::string&>(text)); // the JSON value would leave it in memory
    return grant;
}

} // namespace mailpreflight::http
