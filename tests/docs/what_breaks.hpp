#pragma once

#include "core/cause.hpp"

#include <string_view>
#include <vector>

namespace mailpreflight {

/// Something that is known to break migrations at the last moment.
struct Condition {
    std::string_view what;
    std::vector<core::Cause> shown_as;
    std::string_view mender = {};  ///< where it is not tested
    std::string_view why_not = {}; ///< empty: a cause shows it
};

/// What docs/checks.md is held to beside the catalogue.
inline std::vector<Condition> what_breaks() {
    using core::Cause;
    constexpr std::string_view admin = "source administrator";
    constexpr std::string_view engineer = "migration engineer";
    constexpr std::string_view user = "mailbox user";
    constexpr std::string_view network = "network";
    constexpr std::string_view imap = "Sources of type imap and pop3 are not there yet.";
    constexpr std::string_view content = "No folder and no message is read; only the root of the folders is opened.";
    constexpr std::string_view discovery = "Only the list is looked at; mailboxes beside it are not looked for.";
    constexpr std::string_view destination = "Nothing is asked of the destination.";
    return {
        {"The admin's password ran out or was changed between the first sync and the last",
         {Cause::password_expired,
          Cause::credential_refused,
          Cause::password_expires_soon,
          Cause::password_ends_before_window}},
        {"Users changed their passwords where each mailbox is opened by its own",
         {Cause::own_login_refused, Cause::spray_brake}},
        {"The account must change its password at the next logon", {Cause::password_change_required}},
        {"The account is locked out, by an old device or by too many tests",
         {Cause::account_locked, Cause::credential_parked}},
        {"The account of a listed mailbox is disabled", {Cause::mailbox_disabled}},
        {"A second factor, conditional access or security defaults were switched on",
         {Cause::multi_factor_required, Cause::conditional_access}},
        {"Basic authentication was switched off", {Cause::auth_scheme_not_offered, Cause::auth_offers_changed}},
        {"Extended Protection came with an update, behind a balancer with another certificate",
         {Cause::extended_protection_suspected}},
        {"NTLM version 1 is refused",
         {},
         engineer,
         "Only version 2 is spoken here; whether a tool speaks version 1 cannot be seen from here."},
        {"OWA was moved behind AD FS or another single sign-on, or its form changed",
         {Cause::front_door, Cause::login_form_unknown}},
        {"A reverse proxy wants a login of its own before EWS", {Cause::front_door}},
        {"A firewall drops this host's address after a while",
         {Cause::tcp_timeout, Cause::tcp_refused, Cause::connection_lost, Cause::blind}},
        {"The certificate has expired, or will before the window is over",
         {Cause::certificate_expired, Cause::certificate_expires_soon, Cause::certificate_ends_before_window}},
        {"The certificate was replaced by a wrong one",
         {Cause::certificate_untrusted,
          Cause::certificate_self_signed,
          Cause::certificate_name_mismatch,
          Cause::certificate_changed}},
        {"The source's TLS is too old, or older than the destination takes",
         {Cause::tls_protocol_too_old, Cause::tls_obsolete_only, Cause::tls_below_destination}},
        {"One server behind the balancer is set up otherwise",
         {Cause::addresses_differ, Cause::address_unreachable, Cause::access_unstable}},
        {"An update broke EWS or OWA", {Cause::server_error, Cause::server_unavailable, Cause::server_build_changed}},
        {"Exchange's own OAuth certificate expired, so that OWA loops", {Cause::session_not_kept}},
        {"The public name was pointed elsewhere too early",
         {Cause::addresses_changed, Cause::dns_not_found, Cause::certificate_changed}},
        {"Autodiscover names the cloud already",
         {},
         admin,
         "Autodiscover is not asked; the URL is the configured one."},
        {"Windows authentication is off at EWS", {Cause::auth_scheme_not_offered}},
        {"MRSProxy is off, for moves by Exchange itself", {}, admin, "A tool that reads by EWS does not use it."},
        {"The role for impersonation was never given",
         {Cause::impersonation_right_missing, Cause::impersonation_denied}},
        {"The right leaves out new mailboxes or a new database", {Cause::impersonation_denied, Cause::access_denied}},
        {"The right was taken back, or the directory's protection of admin accounts reset it",
         {Cause::impersonation_denied, Cause::access_denied, Cause::root_not_readable}},
        {"The admin is a member of a group that Exchange denies other mailboxes explicitly", {Cause::access_denied}},
        {"The admin has no mailbox on a server that wants one", {Cause::admin_has_no_mailbox}},
        {"The user name is in a form that this site does not take",
         {Cause::credential_refused, Cause::account_unknown}},
        {"Impersonation is refused now and then", {Cause::access_unstable}},
        {"EWS is closed for the tool's User-Agent, the mailbox or the organisation",
         {Cause::ews_access_blocked, Cause::user_agent_blocked, Cause::user_agent_filtered}},
        {"OWA is switched off for the mailbox", {Cause::owa_disabled}},
        {"There is no such mailbox", {Cause::mailbox_missing, Cause::mailbox_not_found_here, Cause::invalid_address}},
        {"The list names an alias", {Cause::address_is_alias}},
        {"The list names a group or a contact", {Cause::not_a_mailbox}},
        {"The mailbox has moved already", {Cause::mailbox_moved}},
        {"The mailbox is being moved, or its database is down", {Cause::mailbox_moving, Cause::mailbox_unavailable}},
        {"Mailboxes were made since the list was cut", {}, engineer, discovery},
        {"Shared, room, archive or public folder data was forgotten", {}, engineer, discovery},
        {"What the chosen protocol leaves behind was misunderstood", {}, engineer, content},
        {"Folder names that the destination does not take", {}, user, content},
        {"Folders that differ in case alone, or stand for the same well-known folder", {}, user, content},
        {"Folders too deep, too long or too full", {}, user, content},
        {"Damaged folders or messages", {}, admin, content},
        {"Messages larger than the destination takes", {}, user, content},
        {"A mailbox that is full, or larger than the destination's quota", {}, user, content},
        {"The server slows the migration down", {Cause::throttled, Cause::server_busy}},
        {"Limits or bans of IMAP connections", {}, admin, imap},
        {"An IMAP or POP service that accepts and says nothing", {}, admin, imap},
        {"An IMAP login that opens no mailbox", {}, admin, imap},
        {"A wrong IMAP namespace", {}, engineer, imap},
        {"POP3: mail that lies on the users' computers, or is downloaded again", {}, user, imap},
        {"Mistakes in the list", {Cause::list_invalid, Cause::list_unconfirmed, Cause::same_mailbox_twice}},
        {"Stale entries of the address list", {}, admin, "Only listed addresses are looked up."},
        {"Delegates and those they work for in different waves", {}, engineer, "Delegates of mailboxes are not read."},
        {"A DNS record that lives too long at the cutover",
         {},
         network,
         "The resolver of this host does not tell how long a record lives."},
        {"Exchange Online as a source, whose EWS ends",
         {Cause::exchange_online_ews_closed, Cause::exchange_online_ews_ending}},
        {"Exchange Online has taken the impersonation role away", {Cause::impersonation_denied}},
        {"Retention moves messages while they are migrated", {}, admin, content},
        {"The destination lacks mailbox, licence or domain", {}, engineer, destination},
        {"Clocks that differ", {Cause::clock_skewed, Cause::kerberos_clock_skew, Cause::assertion_time_refused}},
    };
}

} // namespace mailpreflight
