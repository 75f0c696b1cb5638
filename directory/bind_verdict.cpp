#include "directory/bind_verdict.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mailpreflight::directory {

namespace {

using core::Cause;
using core::PresentationResult;

struct Reason {
    std::string_view code; ///< hexadecimal, of Windows' system error
    Cause cause;
    std::string_view sentence;
};

constexpr std::array reasons{
    Reason{"525", Cause::account_unknown, "the directory knows no account of this name"},
    Reason{"52e", Cause::credential_refused, "the password is wrong"},
    Reason{"530", Cause::kerberos_policy, "the account may not log on at this time"},
    Reason{"531", Cause::kerberos_policy, "the account may not log on from this host"},
    Reason{"532", Cause::password_expired, "the password has expired"},
    Reason{"533", Cause::admin_account_disabled, "the account is disabled"},
    Reason{"701", Cause::account_expired, "the account has expired"},
    Reason{"773", Cause::password_change_required, "the password must be changed"},
    Reason{"775", Cause::account_locked, "the account is locked out"},
};

// RFC 4511 4.1.9
constexpr int success = 0;
constexpr int auth_method_not_supported = 7;
constexpr int stronger_auth_required = 8;
constexpr int confidentiality_required = 13;
constexpr int constraint_violation = 19;
constexpr int invalid_dn_syntax = 34;
constexpr int inappropriate_authentication = 48;
constexpr int invalid_credentials = 49;
constexpr int unwilling_to_perform = 53;

} // namespace

std::string reason_code(std::string_view diagnostic) {
    constexpr std::string_view mark = ", data ";
    const std::size_t at = diagnostic.find(mark);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = diagnostic.substr(at + mark.size());
    const std::size_t end = std::min(rest.find_first_not_of("0123456789abcdefABCDEF"), rest.size());
    return end == 0 || end > 8 ? std::string() : base::to_lower(rest.substr(0, end));
}

BindVerdict verdict_of_bind(int code, std::string_view diagnostic) {
    const auto verdict = [&](Cause cause, std::string sentence, PresentationResult result) {
        return BindVerdict{{core::Stage::authenticate, cause, std::move(sentence), std::nullopt}, result};
    };
    const std::string said = base::shorten(base::to_valid_utf8(diagnostic), 200);
    const auto with_words = [&](std::string_view sentence) {
        return said.empty() ? fmt::format("{} (result {})", sentence, code)
                            : fmt::format("{} (result {}: {})", sentence, code, said);
    };
    switch (code) {
    case success:
        return verdict(Cause::ok, {}, PresentationResult::accepted);
    case invalid_credentials: {
        const std::string why = reason_code(diagnostic);
        const auto* const reason =
            std::find_if(reasons.begin(), reasons.end(), [&](const Reason& row) { return row.code == why; });
        if (reason == reasons.end()) {
            return verdict(Cause::credential_refused,
                           with_words("the name or the password is wrong"),
                           PresentationResult::refused);
        }
        return verdict(
            reason->cause, fmt::format("{} (result {}, {})", reason->sentence, code, why), PresentationResult::refused);
    }
    case constraint_violation:
    case invalid_dn_syntax:
    case inappropriate_authentication:
    case unwilling_to_perform:
        return verdict(Cause::credential_refused,
                       with_words("the directory does not take this name and password"),
                       PresentationResult::refused);
    case auth_method_not_supported:
    case stronger_auth_required:
    case confidentiality_required:
        // The password was not looked at.
        return verdict(Cause::auth_scheme_not_offered,
                       with_words("the directory takes no simple bind"),
                       PresentationResult::not_sent);
    default:
        // What is not known may have been counted.
        return verdict(Cause::unexpected_answer,
                       with_words("the directory did not answer the bind"),
                       PresentationResult::unanswered);
    }
}

} // namespace mailpreflight::directory
