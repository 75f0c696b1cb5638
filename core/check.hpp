#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace mailpreflight::core {

/// One named thing that is verified. The names are stable: configuration, API and database use them.
enum class Check {
    source_dns,            ///< the source's name resolves
    source_tcp,            ///< one of its addresses accepts a connection
    tls_certificate,       ///< the handshake succeeds and the certificate is right
    ews_login,             ///< the credential is accepted by EWS, on a new connection
    owa_login,             ///< the credential is accepted by OWA and a mailbox session begins
    server_version,        ///< which build answers
    mailbox_impersonation, ///< the mailbox opens by ApplicationImpersonation
    mailbox_full_access,   ///< the mailbox opens by Full Access
    mailbox_owa,           ///< the mailbox opens by OWA explicit logon
    source_watch,          ///< our own sight of the source: blind for blind_after, parked, nothing sent
};

inline constexpr std::array all_checks{
    Check::source_dns,
    Check::source_tcp,
    Check::tls_certificate,
    Check::ews_login,
    Check::owa_login,
    Check::server_version,
    Check::mailbox_impersonation,
    Check::mailbox_full_access,
    Check::mailbox_owa,
    Check::source_watch,
};

/// "mailbox.impersonation"
std::string_view name_of(Check check);
std::optional<Check> check_named(std::string_view name);
/// True for the checks whose subject is a mailbox.
bool is_about_mailbox(Check check);
/// One plain sentence: what the check does and what its pass proves.
std::string_view sentence_about(Check check);

} // namespace mailpreflight::core
