#include "ews/resolve_names.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::ews {

namespace {

/// Without "SMTP:" or "smtp:".
std::string_view bare_address(std::string_view text) {
    return base::starts_with_ignoring_case(text, "smtp:") ? text.substr(5) : text;
}

/// Does the directory list the address for this match, as the primary one or as a proxy?
bool bears(const Element& resolution, const Element& mailbox, std::string_view address) {
    const Element* const primary = mailbox.child(types_ns, "EmailAddress");
    if (primary != nullptr && base::equals_ignoring_case(bare_address(primary->text), address)) {
        return true;
    }
    const Element* const contact = resolution.child(types_ns, "Contact");
    const Element* const entries = contact == nullptr ? nullptr : contact->child(types_ns, "EmailAddresses");
    if (entries == nullptr) {
        return false;
    }
    for (const Element& entry : entries->children) {
        if (base::equals_ignoring_case(bare_address(entry.text), address)) {
            return true;
        }
    }
    return false;
}

Resolved described(const Element& mailbox) {
    Resolved resolved;
    if (const Element* const primary = mailbox.child(types_ns, "EmailAddress")) {
        resolved.primary_address = bare_address(primary->text);
    }
    const Element* const type = mailbox.child(types_ns, "MailboxType");
    const bool no_mailbox = type != nullptr && (type->text == "PublicDL" || type->text == "PrivateDL" ||
                                                type->text == "PublicFolder" || type->text == "GroupMailbox");
    resolved.found = no_mailbox ? Found::other_recipient : Found::mailbox;
    return resolved;
}

} // namespace

std::string resolve_names_operation(const std::string& address) {
    return fmt::format("<m:ResolveNames ReturnFullContactData=\"true\" SearchScope=\"ActiveDirectory\">"
                       "<m:UnresolvedEntry>smtp:{}</m:UnresolvedEntry></m:ResolveNames>",
                       xml_escaped(address));
}

Resolved read_resolution(const Element& message, std::string_view response_code, std::string_view address) {
    if (response_code == "ErrorNameResolutionNoResults") {
        return {Found::none, {}};
    }
    const Element* const set = message.child(messages_ns, "ResolutionSet");
    if (set == nullptr || (response_code != "NoError" && response_code != "ErrorNameResolutionMultipleResults")) {
        return {};
    }
    bool any = false;
    for (const Element& resolution : set->children) {
        const Element* const mailbox = resolution.child(types_ns, "Mailbox");
        any = any || mailbox != nullptr;
        if (mailbox != nullptr && bears(resolution, *mailbox, address)) {
            return described(*mailbox);
        }
    }
    return {any ? Found::several : Found::not_told, {}};
}

} // namespace mailpreflight::ews
