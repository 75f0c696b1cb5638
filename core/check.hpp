#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace mailpreflight::core {

/// One named thing that is verified. The names are stable: configuration, API and database use them.
enum class Check {
    source_dns,               ///< the source's name resolves
    source_tcp,               ///< one of its addresses accepts a connection
    tls_certificate,          ///< the handshake succeeds and the certificate is right
    ews_login,                ///< the credential is accepted by EWS, on a new connection
    owa_login,                ///< the credential is accepted by OWA and a mailbox session begins
    auth_extended_protection, ///< what a login tells of channel bindings
    account_password,         ///< when the account's secret ends
    source_address,           ///< one address behind the source's name answers as the others do
    source_clock,             ///< the source's clock and ours agree
    tls_floor,                ///< the best and the worst TLS version that is offered
    ews_user_agent,           ///< the migration tool's User-Agent is let in as ours is
    ews_retirement,           ///< what Exchange Online still allows EWS to do
    server_version,           ///< which build answers
    mailbox_impersonation,    ///< the mailbox opens by ApplicationImpersonation
    mailbox_full_access,      ///< the mailbox opens by Full Access
    mailbox_owa,              ///< the mailbox opens by OWA explicit logon
    mailbox_own_login,        ///< the mailbox opens by its own user name and password
    account_spray_brake,      ///< individual passwords of the source may be presented
    account_rights,           ///< the admin's rights are gone once all batches of the source are done
    source_watch,             ///< our own sight of the source: blind for blind_after, parked, nothing sent
};

inline constexpr std::array all_checks{
    Check::source_dns,          Check::source_tcp,
    Check::tls_certificate,     Check::ews_login,
    Check::owa_login,           Check::auth_extended_protection,
    Check::account_password,    Check::source_address,
    Check::source_clock,        Check::tls_floor,
    Check::ews_user_agent,      Check::ews_retirement,
    Check::server_version,      Check::mailbox_impersonation,
    Check::mailbox_full_access, Check::mailbox_owa,
    Check::mailbox_own_login,   Check::account_spray_brake,
    Check::account_rights,      Check::source_watch,
};

/// "mailbox.impersonation"
std::string_view name_of(Check check);
std::optional<Check> check_named(std::string_view name);
/// True for what the look of another check tells beside its own: no gate, and nothing where that look tells nothing.
bool is_told_beside(Check check);
/// True for what we conclude from other looks, without a connection of its own.
bool is_concluded(Check check);
/// True for the checks whose subject is a mailbox.
bool is_about_mailbox(Check check);
/// One plain sentence: what the check does and what its pass proves.
std::string_view sentence_about(Check check);

} // namespace mailpreflight::core
