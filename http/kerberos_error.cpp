#include "http/kerberos_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mailpreflight::http {

namespace {

using core::Cause;
using core::PresentationResult;

struct Row {
    int code; ///< of KRB-ERROR
    std::string_view name;
    Cause cause;
    PresentationResult result; ///< refused: the word is final about this name and secret
    std::string_view sentence;
};

constexpr PresentationResult refused = PresentationResult::refused;
// The KDC did not judge the password, or found it right: nothing was counted.
constexpr PresentationResult harmless = PresentationResult::not_sent;

constexpr std::array rows{
    Row{1, "KDC_ERR_NAME_EXP", Cause::account_expired, refused, "the account has expired"},
    Row{6, "KDC_ERR_C_PRINCIPAL_UNKNOWN", Cause::account_unknown, refused, "the realm knows no such account"},
    Row{7, "KDC_ERR_S_PRINCIPAL_UNKNOWN", Cause::kerberos_service_unknown, harmless, "the realm knows no such service"},
    Row{12, "KDC_ERR_POLICY", Cause::kerberos_policy, refused, "a policy of the realm forbids it"},
    Row{14,
        "KDC_ERR_ETYPE_NOSUPP",
        Cause::kerberos_policy,
        harmless,
        "account and this host share no encryption type (only RC4 on one side?)"},
    Row{18,
        "KDC_ERR_CLIENT_REVOKED",
        Cause::account_locked,
        refused,
        "the account is locked out, disabled, or outside of its logon hours"},
    Row{23, "KDC_ERR_KEY_EXPIRED", Cause::password_expired, refused, "the password has expired"},
    Row{24, "KDC_ERR_PREAUTH_FAILED", Cause::credential_refused, refused, "the password or key is wrong"},
    Row{29, "KDC_ERR_SVC_UNAVAILABLE", Cause::kerberos_unreachable, harmless, "the KDC is not available now"},
    Row{37,
        "KRB_AP_ERR_SKEW",
        Cause::kerberos_clock_skew,
        harmless,
        "the clocks of this host and the KDC differ by more than five minutes"},
    Row{68, "KDC_ERR_WRONG_REALM", Cause::kerberos_unreachable, harmless, "the account is of another realm"},
};

const Row* find(int code) {
    const auto* const row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.code == code; });
    return row == rows.end() ? nullptr : row;
}

} // namespace

std::string name_of_kdc_error(int code) {
    const Row* const row = find(code);
    return row == nullptr ? fmt::format("error {}", code) : std::string(row->name);
}

KerberosVerdict verdict_of_kdc(int code, const std::string& about) {
    const Row* const row = find(code);
    if (row == nullptr) {
        // What is not known may have been counted.
        return {{core::Stage::authenticate,
                 Cause::unexpected_answer,
                 fmt::format("the KDC answered {} for {}", name_of_kdc_error(code), about),
                 std::nullopt},
                PresentationResult::unanswered};
    }
    return {{core::Stage::authenticate,
             row->cause,
             fmt::format("{} ({}): {}", row->sentence, row->name, about),
             std::nullopt},
            row->result};
}

} // namespace mailpreflight::http
