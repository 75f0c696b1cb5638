#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mailpreflight::core {

/// pass: it is so. warn: it works, but somebody should know. fail: it does not work. unknown: we could not find out,
/// which is never the same as fail.
enum class State { pass, warn, fail, unknown };

std::string_view name_of(State state);
std::optional<State> state_named(std::string_view name);

/// Why an observation is what it is. The words are stable once released; docs/checks.md is held to this list.
enum class Cause {
    ok,
    // the way to the source
    dns_not_found,
    dns_timeout,
    tcp_refused,
    tcp_timeout,
    tcp_unreachable,
    addresses_differ,
    address_unreachable,
    addresses_changed,
    clock_skewed,
    proxy_unreachable,
    proxy_refused,
    proxy_login_refused,
    tls_handshake_failed,
    tls_protocol_too_old,
    tls_obsolete_only,
    tls_legacy_in_use,
    tls_legacy_not_needed,
    tls_below_destination,
    tls_floor_changed,
    certificate_untrusted,
    certificate_self_signed,
    certificate_expired,
    certificate_not_yet_valid,
    certificate_name_mismatch,
    certificate_pin_mismatch,
    certificate_expires_soon,
    certificate_ends_before_window,
    certificate_changed,
    certificate_renewed,
    connection_lost,
    no_answer,
    not_http,
    answer_too_large,
    server_unavailable,
    server_error,
    wrong_url,
    redirected_elsewhere,
    front_door,
    unexpected_answer,
    // the credential
    auth_scheme_not_offered,
    auth_offers_changed,
    credential_refused,
    credential_suspect,
    account_locked,
    password_expired,
    password_change_required,
    password_expires_soon,
    password_ends_before_window,
    password_expiry_unknown,
    directory_unreadable,
    admin_account_disabled,
    account_expired,
    account_unknown,
    client_secret_expired,
    client_unknown,
    client_certificate_refused,
    assertion_time_refused,
    oauth_request_wrong,
    tenant_unknown,
    consent_missing,
    multi_factor_required,
    conditional_access,
    directory_sync_trouble,
    token_service_unavailable,
    token_missing,
    token_refused,
    kerberos_unreachable,
    kerberos_service_unknown,
    kerberos_ticket_missing,
    kerberos_ticket_refused,
    kerberos_clock_skew,
    kerberos_policy,
    extended_protection_suspected,
    credential_parked,
    presentation_withheld,
    secret_unreadable,
    admin_has_no_mailbox,
    session_not_kept,
    login_form_unknown,
    webdav_unavailable,
    account_expires_soon,
    account_ends_before_window,
    own_login_refused,
    spray_brake,
    // the service
    ews_access_blocked,
    user_agent_blocked,
    user_agent_filtered,
    exchange_online_ews_closed,
    exchange_online_ews_ending,
    owa_disabled,
    version_refused,
    request_rejected,
    server_build_changed,
    throttled,
    server_busy,
    // the mailbox
    impersonation_denied,
    impersonation_right_missing,
    access_denied,
    access_unstable,
    root_not_readable,
    mailbox_not_found_here,
    mailbox_missing,
    mailbox_moved,
    mailbox_moving,
    mailbox_disabled,
    mailbox_unavailable,
    not_a_mailbox,
    address_is_alias,
    invalid_address,
    wrong_mailbox,
    same_mailbox_twice,
    mailbox_recreated,
    explicit_logon_denied,
    shell_only,
    organization_misconfigured,
    unknown_response_code,
    right_gained,
    rights_still_work,
    // ourselves
    blind,
    list_invalid,
    list_unconfirmed,
    sweep_too_slow,
    never_looked_at,
    internal_error,
};

/// Definitive causes are believed at the first look when other mailboxes of the source pass (conventions 3.3).
enum class Certainty { needs_second_look, definitive };
/// "needs_second_look", "definitive"
std::string_view name_of(Certainty certainty);

/// Who can mend it.
enum class Mender { nobody, source_administrator, migration_engineer, mailbox_user, network, mailpreflight };

/// One row of the catalogue.
struct CauseInfo {
    Cause cause;
    std::string_view code; ///< "impersonation_denied"
    State state;           ///< what an observation with this cause is
    Certainty certainty;
    Mender mender;
    std::string_view sentence; ///< plain, without names
    /// What mends it; {address}, {source}, {account}, {account_name}, {ad_user}, {host}, {primary}, {batch}
    /// are filled in by core/remedy.hpp, quoted for PowerShell; {sh host} for a Unix shell.
    std::string_view remedy;
    /// The checks that find it: "source.dns", "ews.login, owa.login", "mailbox.*", "any"; "verdict": no check, but what
    /// is made of looks, lists and settings. A later check that meets it on its way says the same.
    std::string_view shown_by;
    std::string_view link; ///< where the public can read of it; a page of our own docs/ where the matter is our own
};

const CauseInfo& info(Cause cause);
std::string_view code_of(Cause cause);
std::optional<Cause> cause_coded(std::string_view code);
std::span<const CauseInfo> catalogue();
/// The state that an observation with this cause has: core/ alone turns causes into states.
State state_of(Cause cause);
/// "source administrator": what people read.
std::string_view name_of(Mender mender);
/// "source_administrator": what machines read.
std::string_view code_of(Mender mender);

} // namespace mailpreflight::core
