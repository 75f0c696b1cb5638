#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

/** Whose mailbox, and may this caller: impersonation and the delegate form. */
namespace mailpreflight::simulator {

namespace {

EwsError with_value(std::string_view code, std::string_view name, std::string_view value) {
    EwsError error = make_error(code);
    error.values.emplace_back(name, value);
    return error;
}

EwsError no_such_mailbox(std::string_view address) {
    return with_value("ErrorNonExistentMailbox", "SmtpAddress", address);
}

EwsError mailbox_is_remote(std::string_view guid) {
    EwsError error = with_value("ErrorNonExistentMailbox", "MailboxGuid", guid);
    error.text = "No mailbox with such guid.";
    return error;
}

EwsError not_primary(const Mailbox& mailbox) {
    return with_value("ErrorNonPrimarySmtpAddress", "Primary", mailbox.address);
}

EwsError with_suffix(std::string_view code, std::string_view suffix) {
    EwsError error = make_error(code);
    error.text += fmt::format(", {}", suffix);
    return error;
}

/** The mailbox behind ConnectingSID. */
tl::expected<const Mailbox*, EwsError> connecting_mailbox(const State& state, const ConnectingSid& sid) {
    const Mailbox* mailbox = nullptr;
    switch (sid.form) {
    case ConnectingForm::primary_smtp_address:
        mailbox = state.organisation.find(sid.value);
        if (mailbox != nullptr && !equals_ignoring_case(mailbox->address, sid.value) &&
            !state.server.accept_alias_as_primary) {
            return tl::unexpected(not_primary(*mailbox));
        }
        break;
    case ConnectingForm::smtp_address:
        mailbox = state.organisation.find(sid.value);
        break;
    case ConnectingForm::principal_name:
        mailbox = state.organisation.find_by_upn(sid.value);
        if (mailbox == nullptr) {
            return tl::unexpected(make_error("ErrorInvalidUserPrincipalName"));
        }
        break;
    case ConnectingForm::sid:
        if (!sid.value.starts_with("S-1-")) {
            return tl::unexpected(make_error("ErrorInvalidSid"));
        }
        mailbox = state.organisation.find_by_sid(sid.value);
        if (mailbox == nullptr) {
            return tl::unexpected(make_error("ErrorInvalidUserSid"));
        }
        break;
    }
    if (mailbox == nullptr) {
        return tl::unexpected(no_such_mailbox(sid.value));
    }
    return mailbox;
}

/** What the store says before any right is looked at. */
std::optional<Refusal> refused_by_store(const EwsContext& context, const Mailbox& mailbox) {
    switch (mailbox.state) {
    case MailboxState::ok:
        return std::nullopt;
    case MailboxState::disabled:
        // The owner's account matters only to who acts as the owner: shared mailboxes are disabled by design.
        if (&mailbox == context.impersonated && context.state.server.disabled_blocks_impersonation) {
            return Refusal{make_error("ErrorAccountDisabled"), true};
        }
        return std::nullopt;
    case MailboxState::moved:
        return Refusal{mailbox_is_remote(mailbox.guid), false};
    case MailboxState::missing:
        return Refusal{no_such_mailbox(mailbox.address), false};
    case MailboxState::in_transit:
        return Refusal{make_error("ErrorMailboxMoveInProgress"), true};
    case MailboxState::store_down:
        return Refusal{make_error("ErrorMailboxStoreUnavailable"), true};
    }
    __builtin_unreachable();
}

/** The default folders' owner where the id names no mailbox. */
tl::expected<const Mailbox*, Refusal> own_mailbox(const EwsContext& context) {
    if (context.impersonated != nullptr) {
        return context.impersonated;
    }
    if (!context.caller.mailbox.empty()) {
        if (const Mailbox* own = context.state.organisation.find(context.caller.mailbox)) {
            return own;
        }
    }
    const bool old_text = context.version().product <= Product::exchange_2013;
    return tl::unexpected(
        Refusal{make_error(old_text ? "ErrorMissingEmailAddress" : "ErrorNonExistentMailbox"), false});
}

tl::expected<const Mailbox*, Refusal> mailbox_of(const EwsContext& context, pugi::xml_node id) {
    const Organisation& organisation = context.state.organisation;
    if (local_name(id) == "FolderId") {
        const auto reference = decode_folder_id(id.attribute("Id").value());
        if (!reference) {
            return tl::unexpected(Refusal{make_error("ErrorInvalidIdMalformed"), false});
        }
        if (const Mailbox* mailbox = organisation.find_by_guid(reference->mailbox_guid)) {
            return mailbox;
        }
        return tl::unexpected(Refusal{mailbox_is_remote(reference->mailbox_guid), false});
    }
    const pugi::xml_node named = child_element(id, xmlns::types, "Mailbox");
    if (!named) {
        return own_mailbox(context);
    }
    const std::string address = trimmed(child_element(named, xmlns::types, "EmailAddress").text().get());
    const Mailbox* mailbox = organisation.find(address);
    if (mailbox == nullptr) {
        return tl::unexpected(Refusal{no_such_mailbox(address), false});
    }
    if (!equals_ignoring_case(mailbox->address, address) && !context.state.server.accept_alias_as_primary) {
        return tl::unexpected(Refusal{not_primary(*mailbox), false});
    }
    return mailbox;
}

std::string folder_key_of(pugi::xml_node id) {
    if (local_name(id) == "DistinguishedFolderId") {
        return id.attribute("Id").value();
    }
    const auto reference = decode_folder_id(id.attribute("Id").value());
    return reference ? reference->folder_key : std::string();
}

bool has_some_right(const EwsContext& context, const Mailbox& mailbox) {
    if (right_on(context, mailbox, "") == FolderRight::full) {
        return true;
    }
    const std::string& who =
        context.impersonated != nullptr ? context.impersonated->address : context.caller.logon_name;
    return context.state.organisation.has_some_right(who, mailbox);
}

} // namespace

FolderRight right_on(const EwsContext& context, const Mailbox& mailbox, std::string_view folder_key) {
    const bool own = context.impersonated != nullptr ? &mailbox == context.impersonated
                                                     : equals_ignoring_case(mailbox.address, context.caller.mailbox);
    if (own) {
        return FolderRight::full;
    }
    // Impersonation plus a Mailbox element asks for what the impersonated user may open, not for what the caller may.
    const std::string& who =
        context.impersonated != nullptr ? context.impersonated->address : context.caller.logon_name;
    return context.state.organisation.folder_right(who, mailbox, folder_key);
}

tl::expected<const Mailbox*, EwsError>
resolve_impersonation(const State& state, const EwsCaller& caller, const SoapRequest& request, SchemaLevel level) {
    if (!request.has_impersonation) {
        return nullptr;
    }
    if (request.connecting.size() != 1 || request.connecting.front().value.empty()) {
        return tl::unexpected(make_error("ErrorInvalidExchangeImpersonationHeaderData"));
    }
    const ConnectingSid& sid = request.connecting.front();
    if (sid.form == ConnectingForm::smtp_address && level < level_2010) {
        return tl::unexpected(schema_violation(
            request, request.operation_node, "The element 'ConnectingSID' has invalid child element 'SmtpAddress'."));
    }
    const auto mailbox = connecting_mailbox(state, sid);
    if (!mailbox) {
        return mailbox;
    }
    if (!state.organisation.may_impersonate(caller.logon_name, **mailbox)) {
        return tl::unexpected(make_error("ErrorImpersonateUserDenied"));
    }
    if ((*mailbox)->state == MailboxState::moved) {
        return tl::unexpected(mailbox_is_remote((*mailbox)->guid));
    }
    return mailbox;
}

tl::expected<OpenedFolder, Refusal> open_folder(const EwsContext& context, pugi::xml_node id) {
    // 2013 alone wants the calling account to have a mailbox, also where it impersonates.
    if (context.impersonated != nullptr && context.caller.mailbox.empty() &&
        context.version().product == Product::exchange_2013) {
        return tl::unexpected(Refusal{make_error("ErrorMissingEmailAddress"), false});
    }
    const std::string key = folder_key_of(id);
    if (key == "publicfoldersroot") {
        return tl::unexpected(Refusal{make_error("ErrorNoPublicFolderServerAvailable"), false});
    }
    const auto mailbox = mailbox_of(context, id);
    if (!mailbox) {
        return tl::unexpected(mailbox.error());
    }
    if (const auto refused = refused_by_store(context, **mailbox)) {
        return tl::unexpected(*refused);
    }
    if (!has_some_right(context, **mailbox)) {
        return tl::unexpected(Refusal{with_suffix("ErrorAccessDenied", "Cannot open mailbox."), true});
    }
    const FolderRight right = right_on(context, **mailbox, key);
    if (right == FolderRight::none) {
        return tl::unexpected(Refusal{with_suffix("ErrorItemNotFound",
                                                  key == "root" ? "Default folder Root not found."
                                                                : "The process failed to get the correct properties."),
                                      false});
    }
    const Mailbox* answered = *mailbox;
    if (!context.override_answer.answer_for.empty()) {
        if (const Mailbox* other = context.state.organisation.find(context.override_answer.answer_for)) {
            answered = other;
        }
    }
    const Folder* folder = answered->folder(key);
    if (folder == nullptr) {
        return tl::unexpected(Refusal{make_error("ErrorFolderNotFound"), false});
    }
    return OpenedFolder{answered, folder, right};
}

std::vector<OpenedFolder> folders_below(const EwsContext& context, const OpenedFolder& parent, bool deep) {
    std::vector<OpenedFolder> result;
    for (const Folder& folder : parent.mailbox->folders) {
        if (folder.parent != parent.folder->key) {
            continue;
        }
        const FolderRight right =
            parent.right == FolderRight::full ? parent.right : right_on(context, *parent.mailbox, folder.key);
        const OpenedFolder child{parent.mailbox, &folder, right};
        if (right != FolderRight::none) {
            result.push_back(child);
        }
        if (deep) {
            const auto below = folders_below(context, child, deep);
            result.insert(result.end(), below.begin(), below.end());
        }
    }
    return result;
}

} // namespace mailpreflight::simulator
