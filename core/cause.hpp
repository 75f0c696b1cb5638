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
    tls_handshake_failed,
    tls_protocol_too_old,
    certificate_untrusted,
    certificate_self_signed,
    certificate_expired,
    certificate_not_yet_valid,
    certificate_name_mismatch,
    certificate_pin_mismatch,
    certificate_expires_soon,
    certificate_changed,
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
    credential_refused,
    credential_suspect,
    account_locked,
    password_expired,
    password_change_required,
    admin_account_disabled,
    credential_parked,
    presentation_withheld,
    secret_unreadable,
    admin_has_no_mailbox,
    session_not_kept,
    login_form_unknown,
    // the service
    ews_access_blocked,
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
    // ourselves
    blind,
    list_invalid,
    never_looked_at,
    internal_error,
};

/// Definitive causes are believed at the first look when other mailboxes of the source pass (conventions 3.3).
enum class Certainty { needs_second_look, definitive };

/// Who can mend it.
enum class Mender { nobody, source_administrator, migration_engineer, network, mailpreflight };

/// One row of the catalogue.
struct CauseInfo {
    Cause cause;
    std::string_view code; ///< "impersonation_denied"
    State state;           ///< what an observation with this cause is
    Certainty certainty;
    Mender mender;
    std::string_view sentence; ///< plain, without names
    /// What mends it; {address}, {source}, {account}, {host}, {primary}, {batch} are filled in by core/remedy.hpp,
    /// quoted for the language it is in.
    std::string_view remedy;
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
