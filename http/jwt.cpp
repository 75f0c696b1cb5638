#include "http/jwt.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "http/base64.hpp"
#include "json/reader.hpp"

#include <algorithm>

namespace mailpreflight::http {

namespace {

constexpr std::size_t longest_token = 16 * 1024;
constexpr std::size_t longest_claim = 200;

std::string claim_text(const std::string& text) {
    return base::shorten(base::to_valid_utf8(text), longest_claim);
}

/// Seconds since 1970 within what a clock can hold; NumericDate of RFC 7519 may have a fraction.
std::optional<base::SystemTime> time_of(double seconds) {
    constexpr double most = 253'402'300'799; // the year 9999
    if (!(seconds > 0) || seconds > most) {
        return std::nullopt;
    }
    return base::SystemTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

/// A text, or the first of a list of them.
std::string text_or_first(const json::Value& payload, const char* name) {
    if (!payload.has_field(name)) {
        return {};
    }
    const json::Value& value = payload.at(name);
    if (value.is_string()) {
        return claim_text(value.as_string());
    }
    const bool list = value.is_array() && value.size() > 0 && value.at(0).is_string();
    return list ? claim_text(value.at(0).as_string()) : std::string();
}

} // namespace

std::string to_base64url(std::string_view bytes) {
    std::string text = to_base64(bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.erase(std::find(text.begin(), text.end(), '='), text.end());
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos || text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    plain.append((4 - plain.size() % 4) % 4, '=');
    return from_base64(plain);
}

base::Result<TokenClaims> read_claims(std::string_view token) {
    const auto refuse = [](const char* why) { return base::failure(base::ErrorCode::parse, why); };
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (token.size() > longest_token || second == std::string_view::npos ||
        token.find('.', second + 1) != std::string_view::npos) {
        return refuse("it is no JSON web token of three parts");
    }
    auto text = from_base64url(token.substr(first + 1, second - first - 1));
    if (!text) {
        return refuse("its payload is not base64url");
    }
    const auto payload = json::parse(*text);
    base::wipe(*text);
    if (!payload || !payload->is_object()) {
        return refuse("its payload is no JSON object");
    }
    TokenClaims claims;
    if (payload->has_field("exp") && payload->at("exp").is_number()) {
        claims.expires = time_of(payload->at("exp").as_double());
    }
    claims.audience = text_or_first(*payload, "aud");
    claims.application = text_or_first(*payload, "appid");
    claims.tenant = text_or_first(*payload, "tid");
    claims.scopes = text_or_first(*payload, "scp");
    if (payload->has_array_field("roles")) {
        constexpr std::size_t most_roles = 50;
        for (const json::Value& role : payload->at("roles").as_array()) {
            if (role.is_string() && claims.roles.size() < most_roles) {
                claims.roles.push_back(claim_text(role.as_string()));
            }
        }
    }
    return claims;
}

bool is_token_text(std::string_view text) {
    return !text.empty() && text.size() <= longest_token && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_' || c == '~' || c == '+' || c == '/' || c == '=';
    });
}

} // namespace mailpreflight::http
