#include "core/cause.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

constexpr State pass = State::pass;
constexpr State warn = State::warn;
constexpr State fail = State::fail;
constexpr State unknown = State::unknown;
constexpr Certainty twice = Certainty::needs_second_look;
constexpr Certainty definitive = Certainty::definitive;
constexpr Mender nobody = Mender::nobody;
constexpr Mender admin = Mender::source_administrator;
constexpr Mender engineer = Mender::migration_engineer;
constexpr Mender network = Mender::network;
constexpr Mender ours = Mender::mailpreflight;

// In the order of the enumeration; a static_assert below holds it to that.
constexpr std::array rows{
    CauseInfo{Cause::ok, "ok", pass, twice, nobody, "It works.", ""},
    // the way to the source
    CauseInfo{Cause::dns_not_found,
              "dns_not_found",
              fail,
              twice,
              network,
              "The source's name does not resolve.",
              "Check the name and the DNS servers of this host: getent ahosts {host}"},
    CauseInfo{Cause::dns_timeout,
              "dns_timeout",
              unknown,
              twice,
              network,
              "No DNS server answered in time.",
              "Check the DNS servers of this host: getent ahosts {host}"},
    CauseInfo{Cause::tcp_refused,
              "tcp_refused",
              fail,
              twice,
              network,
              "The source refuses connections: nothing listens on that port, or a firewall says no.",
              "Check the service and the firewall: curl -v https://{host}/"},
    CauseInfo{Cause::tcp_timeout,
              "tcp_timeout",
              fail,
              twice,
              network,
              "The source does not answer a connection attempt.",
              "Check routing and the firewall between this host and the source: curl -v https://{host}/"},
    CauseInfo{Cause::tcp_unreachable,
              "tcp_unreachable",
              fail,
              twice,
              network,
              "This host has no route to the source.",
              "Check this host's network: ip route get $(getent ahosts {host} | head -n 1 | cut -d' ' -f1)"},
    CauseInfo{Cause::tls_handshake_failed,
              "tls_handshake_failed",
              fail,
              twice,
              admin,
              "The TLS handshake failed.",
              "See what the server offers: openssl s_client -connect {host}:443 -servername {host}"},
    CauseInfo{Cause::tls_protocol_too_old,
              "tls_protocol_too_old",
              fail,
              twice,
              admin,
              "The source speaks only a TLS version that is too old.",
              "Enable TLS 1.2 on the source's servers"},
    CauseInfo{Cause::certificate_untrusted,
              "certificate_untrusted",
              fail,
              definitive,
              admin,
              "The certificate comes from an authority that this host does not trust, or an intermediate is missing.",
              "Install the full chain on the source, or name its authority in [source.{source}.tls] ca_file"},
    CauseInfo{Cause::certificate_self_signed,
              "certificate_self_signed",
              fail,
              definitive,
              admin,
              "The certificate is self-signed and not trusted.",
              "Install a certificate of a trusted authority, or pin it in [source.{source}.tls] pin_sha256"},
    CauseInfo{Cause::certificate_expired,
              "certificate_expired",
              fail,
              definitive,
              admin,
              "The certificate has expired.",
              "Renew it and bind it to IIS: Enable-ExchangeCertificate -Thumbprint <new> -Services IIS"},
    CauseInfo{Cause::certificate_not_yet_valid,
              "certificate_not_yet_valid",
              fail,
              definitive,
              admin,
              "The certificate is not valid yet, or this host's clock is wrong.",
              "Compare the clocks: timedatectl status"},
    CauseInfo{Cause::certificate_name_mismatch,
              "certificate_name_mismatch",
              fail,
              definitive,
              admin,
              "The certificate is for another name.",
              "Use a name of the certificate in the source's url, or set [source.{source}.tls] server_name"},
    CauseInfo{Cause::certificate_pin_mismatch,
              "certificate_pin_mismatch",
              fail,
              definitive,
              engineer,
              "The certificate is not one of those pinned.",
              "If it was replaced on purpose, put its SHA-256 into [source.{source}.tls] pin_sha256"},
    CauseInfo{Cause::certificate_expires_soon,
              "certificate_expires_soon",
              warn,
              definitive,
              admin,
              "The certificate expires soon.",
              "Renew it before the window: Get-ExchangeCertificate | Format-List Subject,NotAfter,Services"},
    CauseInfo{Cause::certificate_changed,
              "certificate_changed",
              warn,
              twice,
              admin,
              "The certificate is another one than before.",
              "If that was planned: mailpreflight baseline accept {source}"},
    CauseInfo{Cause::connection_lost,
              "connection_lost",
              unknown,
              twice,
              network,
              "The connection was cut in the middle of an answer.",
              "Look at balancers and firewalls between; it is tried again by itself"},
    CauseInfo{Cause::no_answer,
              "no_answer",
              unknown,
              twice,
              admin,
              "No complete answer came before the deadline.",
              "Look at the load of the source; it is tried again by itself"},
    CauseInfo{Cause::not_http,
              "not_http",
              unknown,
              twice,
              admin,
              "The answer is not HTTP, or is broken.",
              "Check that the port belongs to the web server: curl -v https://{host}/"},
    CauseInfo{Cause::answer_too_large,
              "answer_too_large",
              unknown,
              twice,
              admin,
              "The answer is larger than the limit.",
              "Check what answers at this URL: curl -v https://{host}/"},
    CauseInfo{Cause::server_unavailable,
              "server_unavailable",
              unknown,
              twice,
              admin,
              "The web server says that the service is not available (503, 502, 504).",
              "Test-ServiceHealth; Get-ServerComponentState -Identity <server>"},
    CauseInfo{Cause::server_error,
              "server_error",
              unknown,
              twice,
              admin,
              "The server failed inside (500 without a reason of the service).",
              "Look at the server's event log at the time in the evidence"},
    CauseInfo{Cause::wrong_url,
              "wrong_url",
              fail,
              twice,
              engineer,
              "There is no such service at this URL (404).",
              "Correct url or ews_url of [source.{source}]: Get-WebServicesVirtualDirectory | Format-List *Url"},
    CauseInfo{Cause::redirected_elsewhere,
              "redirected_elsewhere",
              fail,
              twice,
              engineer,
              "The server sends us to another host; no credential goes there.",
              "If that host is right, put it into url or hosts of [source.{source}]"},
    CauseInfo{Cause::front_door,
              "front_door",
              fail,
              twice,
              admin,
              "Something in front of Exchange asks for its own login (AD FS, TMG, F5, a login page).",
              "Publish /EWS without pre-authentication, or use the internal URL"},
    CauseInfo{Cause::unexpected_answer,
              "unexpected_answer",
              unknown,
              twice,
              engineer,
              "The answer is none that this service gives.",
              "Look at the evidence: mailpreflight explain {address}"},
    // the credential
    CauseInfo{Cause::auth_scheme_not_offered,
              "auth_scheme_not_offered",
              fail,
              twice,
              engineer,
              "The server does not offer the configured way to log in.",
              "Set auth of [source.{source}] to what is offered, or: Set-WebServicesVirtualDirectory "
              "-WindowsAuthentication $true"},
    CauseInfo{Cause::credential_refused,
              "credential_refused",
              fail,
              definitive,
              admin,
              "The server refused the user name or the password. Nothing more is sent until the secret changes.",
              "Put the right password into the secret's file and run: mailpreflight reload (or: mailpreflight "
              "credential retry {account})"},
    CauseInfo{Cause::credential_suspect,
              "credential_suspect",
              unknown,
              twice,
              nobody,
              "A door that accepted this secret a moment ago refused it once; one more look follows.",
              "Nothing to do yet"},
    CauseInfo{Cause::account_locked,
              "account_locked",
              fail,
              definitive,
              admin,
              "The account is locked out.",
              "Unlock-ADAccount -Identity {account}; then: mailpreflight credential retry {account}"},
    CauseInfo{Cause::password_expired,
              "password_expired",
              fail,
              definitive,
              admin,
              "The password has expired.",
              "Set a new password and put it into the secret's file: mailpreflight reload"},
    CauseInfo{Cause::password_change_required,
              "password_change_required",
              fail,
              definitive,
              admin,
              "The password must be changed at the next logon.",
              "Set-ADUser -Identity {account} -ChangePasswordAtLogon $false"},
    CauseInfo{Cause::admin_account_disabled,
              "admin_account_disabled",
              fail,
              definitive,
              admin,
              "The admin account is disabled.",
              "Enable-ADAccount -Identity {account}"},
    CauseInfo{Cause::credential_parked,
              "credential_parked",
              fail,
              definitive,
              admin,
              "The secret was refused before; it is parked so that the account is not locked out.",
              "Put the right password into the secret's file and run: mailpreflight reload (or: mailpreflight "
              "credential retry {account})"},
    CauseInfo{Cause::presentation_withheld,
              "presentation_withheld",
              unknown,
              twice,
              ours,
              "The guard holds the secret back for now so that the account is not locked out.",
              "It goes on by itself; see: mailpreflight status"},
    CauseInfo{Cause::secret_unreadable,
              "secret_unreadable",
              unknown,
              twice,
              engineer,
              "The secret or the guard's ledger cannot be read, so nothing is presented.",
              "Check the file and its owner: mailpreflight config check"},
    CauseInfo{Cause::admin_has_no_mailbox,
              "admin_has_no_mailbox",
              fail,
              twice,
              admin,
              "The admin account has no mailbox of its own, and this server (2013) needs one to open others.",
              "On Exchange 2013: Enable-Mailbox -Identity {account}"},
    CauseInfo{
        Cause::session_not_kept,
        "session_not_kept",
        fail,
        twice,
        admin,
        "OWA accepted the login but does not keep the session (expired OAuth certificate, balancer without affinity).",
        "Test the Auth certificate: Get-ExchangeCertificate (Get-AuthConfig).CurrentCertificateThumbprint | "
        "Format-List NotAfter"},
    CauseInfo{Cause::login_form_unknown,
              "login_form_unknown",
              fail,
              twice,
              engineer,
              "The login page is not one of OWA's own; nothing was posted to it.",
              "Use an URL that leads to OWA itself"},
    // the service
    CauseInfo{Cause::ews_access_blocked,
              "ews_access_blocked",
              fail,
              twice,
              admin,
              "EWS is closed for this caller (403): switched off, or blocked by user agent.",
              "Get-OrganizationConfig | Format-List Ews*; Get-CASMailbox -Identity {account} | Format-List Ews*"},
    CauseInfo{Cause::owa_disabled,
              "owa_disabled",
              fail,
              twice,
              admin,
              "OWA is switched off for this account.",
              "Set-CASMailbox -Identity {account} -OWAEnabled $true"},
    CauseInfo{Cause::version_refused,
              "version_refused",
              fail,
              twice,
              engineer,
              "The server understands none of the EWS versions that we speak.",
              "Use the EWS URL of the mailbox's own server version"},
    CauseInfo{Cause::request_rejected,
              "request_rejected",
              unknown,
              twice,
              ours,
              "The server says that our request is wrong.",
              "Report it with the evidence"},
    CauseInfo{Cause::server_build_changed,
              "server_build_changed",
              warn,
              twice,
              nobody,
              "The server's build is another one than before.",
              "If that was planned: mailpreflight baseline accept {source}"},
    CauseInfo{Cause::throttled,
              "throttled",
              unknown,
              twice,
              nobody,
              "The server asked us to slow down; we do.",
              "Lower requests_per_second of [source.{source}.limits], or give the account a throttling policy"},
    CauseInfo{Cause::server_busy,
              "server_busy",
              unknown,
              twice,
              nobody,
              "The server is busy; we wait and ask again.",
              "Nothing to do yet"},
    // the mailbox
    CauseInfo{Cause::impersonation_denied,
              "impersonation_denied",
              fail,
              twice,
              admin,
              "The admin account may not impersonate this mailbox: the role is missing or its scope leaves it out.",
              "New-ManagementRoleAssignment -Role ApplicationImpersonation -User {account} -CustomRecipientWriteScope "
              "<scope with {address}>"},
    CauseInfo{Cause::impersonation_right_missing,
              "impersonation_right_missing",
              fail,
              definitive,
              admin,
              "The admin account has no impersonation right at all.",
              "New-ManagementRoleAssignment -Role ApplicationImpersonation -User {account}"},
    CauseInfo{Cause::access_denied,
              "access_denied",
              fail,
              twice,
              admin,
              "The admin account has no Full Access to this mailbox.",
              "Add-MailboxPermission -Identity {address} -User {account} -AccessRights FullAccess -AutoMapping $false"},
    CauseInfo{Cause::root_not_readable,
              "root_not_readable",
              fail,
              twice,
              admin,
              "The mailbox opens, but its folders may not be read.",
              "Add-MailboxPermission -Identity {address} -User {account} -AccessRights FullAccess -AutoMapping $false"},
    CauseInfo{Cause::mailbox_not_found_here,
              "mailbox_not_found_here",
              fail,
              twice,
              engineer,
              "This server knows no mailbox of this address; a second witness did not settle it.",
              "Get-Recipient -Identity {address} | Format-List RecipientType,PrimarySmtpAddress"},
    CauseInfo{Cause::mailbox_missing,
              "mailbox_missing",
              fail,
              twice,
              engineer,
              "There is no such mailbox: neither EWS nor the directory knows the address.",
              "Correct the list, or: Get-Recipient -Identity {address}"},
    CauseInfo{Cause::mailbox_moved,
              "mailbox_moved",
              fail,
              twice,
              engineer,
              "The mailbox has moved to another organisation (remote mailbox).",
              "Take it off the list, or: Get-RemoteMailbox -Identity {address} | Format-List RemoteRoutingAddress"},
    CauseInfo{Cause::mailbox_moving,
              "mailbox_moving",
              unknown,
              twice,
              admin,
              "The mailbox is being moved, or moved a moment ago.",
              "Get-MoveRequest -Identity {address}"},
    CauseInfo{Cause::mailbox_disabled,
              "mailbox_disabled",
              fail,
              definitive,
              admin,
              "The mailbox's account is disabled and the server refuses to open it.",
              "Enable-ADAccount -Identity (Get-Mailbox {address}).SamAccountName; a disconnected mailbox needs "
              "Connect-Mailbox, never Enable-Mailbox"},
    CauseInfo{Cause::mailbox_unavailable,
              "mailbox_unavailable",
              unknown,
              twice,
              admin,
              "The mailbox's database is not available.",
              "Get-MailboxDatabaseCopyStatus (Get-Mailbox {address}).Database"},
    CauseInfo{Cause::not_a_mailbox,
              "not_a_mailbox",
              fail,
              definitive,
              engineer,
              "The address belongs to a group or a contact, not to a mailbox.",
              "Take it off the list: Get-Recipient -Identity {address} | Format-List RecipientType"},
    CauseInfo{Cause::address_is_alias,
              "address_is_alias",
              warn,
              definitive,
              engineer,
              "The list names an alias; migration tools want the primary address.",
              "Write {primary} instead of {address} into the list"},
    CauseInfo{Cause::invalid_address,
              "invalid_address",
              fail,
              definitive,
              engineer,
              "The server says that this is no valid address.",
              "Correct the list"},
    CauseInfo{Cause::wrong_mailbox,
              "wrong_mailbox",
              fail,
              definitive,
              admin,
              "The server opened the admin's own mailbox instead of the one that was asked for.",
              "Report it with the evidence: mailpreflight explain {address}"},
    CauseInfo{Cause::same_mailbox_twice,
              "same_mailbox_twice",
              fail,
              definitive,
              engineer,
              "Another row of the list is the same mailbox.",
              "Take one of the rows off the list"},
    CauseInfo{Cause::mailbox_recreated,
              "mailbox_recreated",
              warn,
              twice,
              admin,
              "Another mailbox now stands under this address: it was recreated or moved across forests.",
              "If that was planned: mailpreflight baseline accept {source}"},
    CauseInfo{Cause::explicit_logon_denied,
              "explicit_logon_denied",
              fail,
              twice,
              admin,
              "OWA does not open this mailbox: no Full Access, or explicit logon is switched off.",
              "Add-MailboxPermission -Identity {address} -User {account} -AccessRights FullAccess -AutoMapping $false"},
    CauseInfo{Cause::shell_only,
              "shell_only",
              unknown,
              twice,
              nobody,
              "OWA's page loaded, which alone does not prove that the mailbox opens.",
              "Prove the mailbox by full_access instead"},
    CauseInfo{Cause::organization_misconfigured,
              "organization_misconfigured",
              unknown,
              twice,
              admin,
              "The server's own configuration keeps it from answering for this mailbox.",
              "Look at the response code in the evidence and the server's event log"},
    CauseInfo{Cause::unknown_response_code,
              "unknown_response_code",
              unknown,
              twice,
              ours,
              "The server gave a response code that the catalogue does not know.",
              "Report it with the evidence"},
    CauseInfo{Cause::right_gained,
              "right_gained",
              fail,
              twice,
              admin,
              "The admin account opens a mailbox that it must not open.",
              "Narrow the scope: Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers"},
    // ourselves
    CauseInfo{
        Cause::blind,
        "blind",
        fail,
        definitive,
        ours,
        "Nothing definite was seen of this source, or of any mailbox that was asked for, for longer than blind_after.",
        "See what holds it back: mailpreflight status; mailpreflight probe {source}"},
    CauseInfo{Cause::list_invalid,
              "list_invalid",
              fail,
              definitive,
              engineer,
              "The mailbox list has rows that cannot be used.",
              "Mend the named rows and run: mailpreflight reload"},
    CauseInfo{Cause::never_looked_at,
              "never_looked_at",
              unknown,
              twice,
              ours,
              "Nothing was seen of it yet.",
              "mailpreflight check {address}"},
    CauseInfo{Cause::internal_error,
              "internal_error",
              unknown,
              twice,
              ours,
              "mailpreflight itself failed at this.",
              "Report it with the journal: journalctl -u mailpreflightd"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].cause) != i) {
            return false;
        }
    }
    return rows.size() == static_cast<std::size_t>(Cause::internal_error) + 1;
}
static_assert(in_order(), "the catalogue stands in the order of the enumeration, without gaps");

} // namespace

std::string_view name_of(State state) {
    switch (state) {
    case State::pass:
        return "pass";
    case State::warn:
        return "warn";
    case State::fail:
        return "fail";
    case State::unknown:
        return "unknown";
    }
    throw std::logic_error("no such state");
}

std::optional<State> state_named(std::string_view name) {
    for (const State state : {State::pass, State::warn, State::fail, State::unknown}) {
        if (name_of(state) == name) {
            return state;
        }
    }
    return std::nullopt;
}

const CauseInfo& info(Cause cause) {
    return rows.at(static_cast<std::size_t>(cause));
}

std::string_view code_of(Cause cause) {
    return info(cause).code;
}

std::optional<Cause> cause_coded(std::string_view code) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const CauseInfo& r) { return r.code == code; });
    return row == rows.end() ? std::nullopt : std::optional(row->cause);
}

std::span<const CauseInfo> catalogue() {
    return rows;
}

State state_of(Cause cause) {
    return info(cause).state;
}

std::string_view name_of(Mender mender) {
    switch (mender) {
    case Mender::nobody:
        return "nobody";
    case Mender::source_administrator:
        return "source administrator";
    case Mender::migration_engineer:
        return "migration engineer";
    case Mender::network:
        return "network";
    case Mender::mailpreflight:
        return "mailpreflight";
    }
    throw std::logic_error("no such mender");
}

std::string_view code_of(Mender mender) {
    switch (mender) {
    case Mender::source_administrator:
        return "source_administrator";
    case Mender::migration_engineer:
        return "migration_engineer";
    case Mender::nobody:
    case Mender::network:
    case Mender::mailpreflight:
        return name_of(mender);
    }
    throw std::logic_error("no such mender");
}

} // namespace mailpreflight::core
