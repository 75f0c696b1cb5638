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
    case Check::server_version:
        return "server.version";
    case Check::mailbox_impersonation:
        return "mailbox.impersonation";
    case Check::mailbox_full_access:
        return "mailbox.full_access";
    case Check::mailbox_owa:
        return "mailbox.owa";
    case Check::source_watch:
        return "source.watch";
    }
    throw std::logic_error("no such check");
}

std::optional<Check> check_named(std::string_view name) {
    const auto found = std::find_if(all_checks.begin(), all_checks.end(), [&](Check c) { return name_of(c) == name; });
    return found == all_checks.end() ? std::nullopt : std::optional(*found);
}

bool is_about_mailbox(Check check) {
    return check == Check::mailbox_impersonation || check == Check::mailbox_full_access || check == Check::mailbox_owa;
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
    case Check::server_version:
        return "Reads ServerVersionInfo of the EWS answer; passes when it is known.";
    case Check::mailbox_impersonation:
        return "Opens msgfolderroot of the mailbox by ApplicationImpersonation; passes when it may be read.";
    case Check::mailbox_full_access:
        return "Opens msgfolderroot of the mailbox by Full Access; passes when it may be read.";
    case Check::mailbox_owa:
        return "Asks OWA for the mailbox by explicit logon, for a small sample; a page shell alone is unknown.";
    case Check::source_watch:
        return "Watches ourselves: fails when nothing definite was seen of the source, or of the mailboxes that were "
               "asked for, for blind_after.";
    }
    throw std::logic_error("no such check");
}

} // namespace mailpreflight::core
