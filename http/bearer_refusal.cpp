#include "http/bearer_refusal.hpp"

#include "base/text.hpp"
#include "http/url.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::http {

namespace {

constexpr std::string_view application_role = "full_access_as_app";

/// The quoted value behind `name=` in a list of parameters.
std::string parameter(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(std::string(name) + "=\"");
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = text.substr(at + name.size() + 2);
    return std::string(rest.substr(0, rest.find('"')));
}

/// `2000008;reason="The token contains no permissions ...";error_category="invalid_grant"` (ews.md 9.3)
std::string diagnostics(std::string_view field) {
    const std::string_view number = field.substr(0, field.find(';'));
    const bool digits =
        !number.empty() && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    const std::string reason = parameter(field, "reason");
    const std::string category = parameter(field, "error_category");
    std::string told = digits ? std::string(number) : std::string();
    if (!category.empty()) {
        told += (told.empty() ? "" : " ") + category;
    }
    if (!reason.empty()) {
        told += (told.empty() ? "" : ": ") + reason;
    }
    return told;
}

std::string explanation(const TokenClaims& claims, const std::string& host) {
    const auto audience = parse_url(claims.audience);
    if (!claims.audience.empty() && audience && audience->host != host) {
        return "the token is for " + claims.audience + ": compare the scope";
    }
    const bool has_role = std::find(claims.roles.begin(), claims.roles.end(), application_role) != claims.roles.end();
    if (!has_role && claims.scopes.empty()) {
        return fmt::format("the token lacks the role {}; it has {}",
                           application_role,
                           claims.roles.empty() ? "none" : base::join(claims.roles, ", "));
    }
    return {};
}

} // namespace

std::string bearer_refusal(const Headers& headers, const std::optional<TokenClaims>& claims, const std::string& host) {
    std::string told = diagnostics(headers.first("x-ms-diagnostics"));
    for (const std::string_view challenge : headers.all("WWW-Authenticate")) {
        if (told.empty() && base::starts_with_ignoring_case(challenge, "bearer")) {
            told = parameter(challenge, "error");
        }
    }
    told = told.empty() ? "the server does not say why" : base::shorten(base::to_valid_utf8(told), 300);
    std::replace(told.begin(), told.end(), '\n', ' ');
    std::replace(told.begin(), told.end(), '\t', ' ');
    const std::string why = claims ? explanation(*claims, host) : std::string();
    return why.empty() ? told : told + "; " + why;
}

} // namespace mailpreflight::http
