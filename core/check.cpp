#include "core/check.hpp"

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::core {

std::string_view name_of(Check check) {
    switch (check) {
    case Check::source_dns:
        return "source.dns";
    case Check::source_tcp:
        return "source.tcp";
    case Check::tls_certificate:
        return "tls.certificate";
    case Check::ews_login:
        return "ews.login";
    case Check::owa_login:
        return "owa.login";
    case Check::auth_extended_protection:
        return "auth.extended_protection";
    case Check::account_password:
        return "account.password";
    case Check::source_address:
        return "source.address";
    case Check::source_clock:
        return "source.clock";
    case Check::tls_floor:
        return "tls.floor";
    case Check::ews_user_agent:
        return "ews.user_agent";
    case Check::ews_retirement:
        return "ews.retirement";
    case Check::server_version:
        return "server.version";
    case Check::mailbox_impersonation:
        return "mailbox.impersonation";
    case Check::mailbox_full_access:
        return "mailbox.full_access";
    case Check::mailbox_owa:
        return "mailbox.owa";
    case Check::mailbox_own_login:
        return "mailbox.own_login";
    case Check::account_spray_brake:
        return "account.spray_brake";
    case Check::account_rights:
        return "account.rights";
    case Check::source_watch:
        return "source.watch";
    }
    throw std::logic_error("no such check");
}

std::optional<Check> check_named(std::string_view name) {
    const auto found = std::find_if(all_checks.begin(), all_checks.end(), [&](Check c) { return name_of(c) == name; });
    return found == all_checks.end() ? std::nullopt : std::optional(*found);
}

bool is_told_beside(Check check) {
    return check == Check::auth_extended_protection || check == Check::account_password ||
           check == Check::source_clock || check == Check::ews_user_agent || check == Check::ews_retirement ||
           check == Check::server_version || check == Check::account_rights || check == Check::account_spray_brake;
}

bool is_concluded(Check check) {
    return check == Check::source_watch || check == Check::account_rights || check == Check::account_spray_brake;
}

bool is_about_mailbox(Check check) {
    return check == Check::mailbox_impersonation || check == Check::mailbox_full_access ||
           check == Check::mailbox_owa || check == Check::mailbox_own_login;
}

std::string_view sentence_about(Check check) {
    switch (check) {
    case Check::source_dns:
        return "Resolves the source's name; passes when it has at least one address.";
    case Check::source_tcp:
        return "Connects to the source's addresses in turn; passes when one accepts.";
    case Check::tls_certificate:
        return "Makes a TLS handshake and judges chain, name, time and pin; no credential is sent when it fails.";
    case Check::ews_login:
        return "Logs in to EWS on a new connection and asks ConvertId with a dummy id; passes when the service "
               "answers.";
    case Check::owa_login:
        return "Logs in to OWA's form on a new connection; passes when a page that only a logged-in user sees comes "
               "back.";
    case Check::auth_extended_protection:
        return "Tells what the login to EWS says of channel bindings; passes when it was accepted, without trying one "
               "that could be refused.";
    case Check::account_password:
        return "Asks the directory, else EWS, else the configuration when the account's password ends; passes when "
               "that is "
               "known and far. Tells before a login when the directory says that the account is locked, disabled or "
               "over.";
    case Check::source_address:
        return "Connects to each address behind the source's name by itself, with TLS and one anonymous request; "
               "passes when it answers as the others do.";
    case Check::source_clock:
        return "Compares the Date of anonymous answers with this host's clock; passes when they are less than a "
               "minute apart.";
    case Check::tls_floor:
        return "Finds the best and the worst TLS version that the source offers; passes when the destination would "
               "accept the best.";
    case Check::ews_user_agent:
        return "Where user_agent is set: asks EWS once more with our own User-Agent on the connection of a login, once "
               "an "
               "hour; passes when both are let in.";
    case Check::ews_retirement:
        return "Recognises Exchange Online and says what its retirement of EWS leaves open until when.";
    case Check::server_version:
        return "Reads ServerVersionInfo of the EWS answer; passes when it is known.";
    case Check::mailbox_impersonation:
        return "Opens msgfolderroot of the mailbox by ApplicationImpersonation; passes when it may be read.";
    case Check::mailbox_full_access:
        return "Opens msgfolderroot of the mailbox by Full Access; passes when it may be read.";
    case Check::mailbox_owa:
        return "Asks OWA for the mailbox by explicit logon, for a small sample; a page shell alone is unknown. At "
               "/exchange "
               "of 2003 and 2007 it asks WebDAV where the mailbox's folders are; passes when the inbox is told.";
    case Check::mailbox_own_login:
        return "Logs in to EWS with the mailbox's own user name and password, on a new connection, and opens its own "
               "msgfolderroot; passes when it may be read.";
    case Check::account_spray_brake:
        return "Asks the guard whether any more of the source's individual passwords may be presented; passes as long "
               "as "
               "the spray brake is off.";
    case Check::account_rights:
        return "Once all batches of the source are done: opens three of their mailboxes as before; passes when the "
               "admin account opens none of them any more.";
    case Check::source_watch:
        return "Watches ourselves: fails when nothing definite was seen for blind_after of the source, or of any "
               "mailbox although mailboxes were asked for, or not even a login was answered.";
    }
    throw std::logic_error("no such check");
}

} // namespace mailpreflight::core
