#include "http/aadsts.hpp"

#include <algorithm>
#include <array>

namespace mailpreflight::http {

namespace {

using core::Cause;
using enum TokenBearing;

constexpr Aadsts one(int code, Cause cause, TokenBearing bearing, std::string_view advice) {
    return {code, code, cause, bearing, advice};
}

constexpr std::string_view wrong_certificate =
    "the certificate is not registered with the application, or the key is another's: upload it";
constexpr std::string_view assertion_time = "our assertion is outside of its time: compare the clocks";
constexpr std::string_view second_factor =
    "a second factor is wanted: use an application's own permission, or exempt the account";
constexpr std::string_view policy = "a policy blocks the sign-in: look at the sign-in log";
constexpr std::string_view transient = "trouble at Microsoft, which passes";
constexpr std::string_view pass_through = "the pass-through agents cannot reach the directory";

constexpr std::array codes{
    one(7000215, Cause::credential_refused, refused, "the client secret is wrong: its value is wanted, not its ID"),
    one(7000222, Cause::client_secret_expired, refused, "the client secret has expired: make a new one"),
    one(7000216, Cause::oauth_request_wrong, refused, "no secret or assertion came: a fault of ours"),
    one(7000218, Cause::oauth_request_wrong, refused, "no secret or assertion came: a fault of ours"),
    one(700016, Cause::client_unknown, refused, "the application is not in this tenant: compare tenant and client_id"),
    one(7000112, Cause::client_unknown, refused, "the application is disabled: enable it"),
    one(70001, Cause::client_unknown, refused, "the application is not found: compare tenant and client_id"),
    one(700027, Cause::client_certificate_refused, refused, wrong_certificate),
    one(50012, Cause::client_certificate_refused, refused, wrong_certificate),
    one(700024, Cause::assertion_time_refused, refused, assertion_time),
    one(500133, Cause::assertion_time_refused, refused, assertion_time),
    one(50013, Cause::assertion_time_refused, refused, assertion_time),
    one(700025, Cause::oauth_request_wrong, refused, "the application is registered as a public client"),
    one(700011, Cause::oauth_request_wrong, refused, "the scope names an application that the tenant does not know"),
    one(70011, Cause::oauth_request_wrong, refused, "the scope is wrong: it ends in /.default"),
    one(500011, Cause::oauth_request_wrong, refused, "the tenant has no such resource (no Exchange): compare tenant"),
    one(90002, Cause::tenant_unknown, refused, "there is no such tenant in this cloud"),
    one(900382, Cause::tenant_unknown, refused, "the tenant belongs to another cloud"),
    one(90038, Cause::tenant_unknown, refused, "the tenant belongs to another cloud"),
    one(65001, Cause::consent_missing, refused, "nobody consented: grant admin consent"),
    one(90094, Cause::consent_missing, refused, "an administrator has to consent"),
    one(50105, Cause::consent_missing, refused, "the user is not assigned to the application"),
    one(50034, Cause::account_unknown, refused, "the directory knows no such user"),
    one(50126, Cause::credential_refused, refused, "wrong user name or password"),
    one(50053, Cause::account_locked, locked, "locked by smart lockout, or a blocked address: look at the sign-in log"),
    one(50055, Cause::password_expired, refused, "the password has expired"),
    one(50144, Cause::password_expired, refused, "the password has expired in Active Directory"),
    one(50056, Cause::directory_sync_trouble, refused, "the directory has no password of it: look at synchronisation"),
    one(50064, Cause::directory_sync_trouble, refused, "the password could not be checked: look at synchronisation"),
    one(50057, Cause::admin_account_disabled, refused, "the user is disabled"),
    one(50072, Cause::multi_factor_required, refused, second_factor),
    one(50074, Cause::multi_factor_required, refused, second_factor),
    one(50076, Cause::multi_factor_required, refused, second_factor),
    one(50079, Cause::multi_factor_required, refused, second_factor),
    one(53000, Cause::conditional_access, refused, policy),
    one(53003, Cause::conditional_access, refused, policy),
    one(530032, Cause::conditional_access, refused, policy),
    one(530035, Cause::conditional_access, refused, policy),
    one(80002, Cause::directory_sync_trouble, not_judged, pass_through),
    one(80005, Cause::directory_sync_trouble, not_judged, pass_through),
    Aadsts{80001, 80014, Cause::directory_sync_trouble, refused, pass_through},
    one(50033, Cause::token_service_unavailable, not_judged, transient),
    one(90006, Cause::token_service_unavailable, not_judged, transient),
    one(90024, Cause::token_service_unavailable, not_judged, transient),
    one(90033, Cause::token_service_unavailable, not_judged, transient),
    one(90055, Cause::token_service_unavailable, not_judged, "throttled"),
    one(50196, Cause::oauth_request_wrong, refused, "the endpoint sees a client that asks in a loop: ask no more"),
};

} // namespace

std::span<const Aadsts> aadsts_codes() {
    return codes;
}

const Aadsts* aadsts(int code) {
    // The first that fits: 80002 and 80005 stand before their range.
    const auto* const found = std::find_if(
        codes.begin(), codes.end(), [&](const Aadsts& row) { return row.first <= code && code <= row.last; });
    return found == codes.end() ? nullptr : &*found;
}

} // namespace mailpreflight::http
