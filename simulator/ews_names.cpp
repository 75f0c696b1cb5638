#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

/** ResolveNames, ConvertId, GetServerTimeZones: the calls that open no mailbox. */
namespace mailpreflight::simulator {

namespace {

constexpr std::size_t resolution_limit = 100;

/** smtp: and sip: match whole proxy addresses; anything else is the beginning of a name or address. */
bool is_match(const Mailbox& mailbox, std::string_view entry) {
    for (const std::string_view prefix : {"smtp:", "sip:"}) {
        if (starts_with_ignoring_case(entry, prefix)) {
            const std::string_view address = entry.substr(prefix.size());
            return equals_ignoring_case(mailbox.address, address) ||
                   std::ranges::any_of(mailbox.aliases,
                                       [&](const std::string& alias) { return equals_ignoring_case(alias, address); });
        }
    }
    if (starts_with_ignoring_case(mailbox.display_name, entry) || starts_with_ignoring_case(mailbox.address, entry)) {
        return true;
    }
    const auto surname = mailbox.display_name.rfind(' ');
    return (surname != std::string::npos &&
            starts_with_ignoring_case(std::string_view(mailbox.display_name).substr(surname + 1), entry)) ||
           std::ranges::any_of(mailbox.aliases,
                               [&](const std::string& alias) { return starts_with_ignoring_case(alias, entry); });
}

std::string render_resolution(const Mailbox& mailbox, bool full_contact) {
    std::string text =
        fmt::format("<t:Resolution><t:Mailbox><t:Name>{}</t:Name><t:EmailAddress>{}</t:EmailAddress>"
                    "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>",
                    xml_escape(mailbox.display_name),
                    xml_escape(mailbox.address));
    if (full_contact) {
        // Upper-case SMTP: marks the primary address. The schema has three keys.
        std::string entries =
            fmt::format(R"(<t:Entry Key="EmailAddress1">SMTP:{}</t:Entry>)", xml_escape(mailbox.address));
        for (std::size_t i = 0; i < std::min<std::size_t>(2, mailbox.aliases.size()); ++i) {
            entries += fmt::format(
                R"(<t:Entry Key="EmailAddress{}">smtp:{}</t:Entry>)", i + 2, xml_escape(mailbox.aliases[i]));
        }
        text += fmt::format("<t:Contact><t:DisplayName>{}</t:DisplayName><t:EmailAddresses>{}</t:EmailAddresses>"
                            "<t:ContactSource>ActiveDirectory</t:ContactSource></t:Contact>",
                            xml_escape(mailbox.display_name),
                            entries);
    }
    return text + "</t:Resolution>";
}

constexpr std::array<std::string_view, 6> id_formats = {
    "EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"};

bool is_id_format(std::string_view format) {
    return std::ranges::find(id_formats, format) != id_formats.end();
}

/** From any of the formats to the EWS form. */
std::string to_ews_id(std::string_view id, std::string_view format) {
    if (format == "HexEntryId") {
        std::string escaped;
        for (std::size_t i = 0; i + 1 < id.size(); i += 2) {
            escaped += '%';
            escaped += id.substr(i, 2);
        }
        return to_base64(percent_decode(escaped, false));
    }
    if (format == "OwaId") {
        return percent_decode(id, false);
    }
    return std::string(id);
}

std::string from_ews_id(const std::string& id, std::string_view format) {
    if (format == "HexEntryId") {
        return to_upper(to_hex(from_base64(id).value_or("")));
    }
    if (format == "OwaId") {
        return percent_encode(id);
    }
    return id;
}

std::string convert_one(const EwsContext& context, pugi::xml_node id, std::string_view destination) {
    constexpr std::string_view operation = "ConvertId";
    const std::string given = to_ews_id(id.attribute("Id").value(), id.attribute("Format").value());
    const auto reference = decode_folder_id(given);
    const Mailbox* mailbox = reference ? context.state.organisation.find_by_guid(reference->mailbox_guid) : nullptr;
    if (mailbox == nullptr) {
        return error_message(operation, make_error("ErrorInvalidIdMalformed"), "");
    }
    // The mailbox in the answer is the one inside the id, whatever the request called it.
    return success_message(
        operation,
        fmt::format(R"(<m:AlternateId xsi:type="t:AlternateIdType" Format="{}" Id="{}" Mailbox="{}"/>)",
                    destination,
                    xml_escape(from_ews_id(given, destination)),
                    xml_escape(mailbox->address)));
}

} // namespace

OperationResult resolve_names(const EwsContext& context) {
    constexpr std::string_view operation = "ResolveNames";
    const pugi::xml_node node = context.request.operation_node;
    if (!node.attribute("ReturnFullContactData")) {
        return tl::unexpected(
            schema_violation(context.request, node, "The required attribute 'ReturnFullContactData' is missing."));
    }
    const pugi::xml_node entry_node = child_element(node, xmlns::messages, "UnresolvedEntry");
    if (!entry_node) {
        return tl::unexpected(sequence_violation(context.request, node, "UnresolvedEntry"));
    }
    if (context.state.server.resolve_needs_mailbox && context.caller.mailbox.empty() &&
        context.impersonated == nullptr) {
        return error_message(operation, make_error("ErrorNameResolutionNoMailbox"), "");
    }
    const std::string entry = trimmed(entry_node.text().get());
    const bool full_contact = node.attribute("ReturnFullContactData").as_bool();
    std::string found;
    std::size_t count = 0;
    bool all = true;
    context.state.organisation.for_each([&](const Mailbox& mailbox) {
        if (mailbox.state == MailboxState::missing || mailbox.hidden || entry.empty() || !is_match(mailbox, entry)) {
            return;
        }
        if (count == resolution_limit) {
            all = false;
            return;
        }
        ++count;
        found += render_resolution(mailbox, full_contact);
    });
    if (count == 0) {
        return error_message(operation, make_error("ErrorNameResolutionNoResults"), "");
    }
    const std::string set =
        fmt::format(R"(<m:ResolutionSet TotalItemsInView="{}" IncludesLastItemInRange="{}">{}</m:ResolutionSet>)",
                    count,
                    all,
                    found);
    return count == 1 ? success_message(operation, set)
                      : warning_message(operation, make_error("ErrorNameResolutionMultipleResults"), set);
}

OperationResult convert_id(const EwsContext& context) {
    const pugi::xml_node node = context.request.operation_node;
    const std::string destination = node.attribute("DestinationFormat").value();
    if (!is_id_format(destination)) {
        return tl::unexpected(
            enumeration_violation(context.request, node, "DestinationFormat", destination, "IdFormatType"));
    }
    const pugi::xml_node sources = child_element(node, xmlns::messages, "SourceIds");
    if (!first_element(sources)) {
        return tl::unexpected(sequence_violation(context.request, node, "SourceIds"));
    }
    std::string messages;
    for (pugi::xml_node id = first_element(sources); id; id = next_element(id)) {
        if (!is_id_format(id.attribute("Format").value())) {
            return tl::unexpected(
                enumeration_violation(context.request, id, "Format", id.attribute("Format").value(), "IdFormatType"));
        }
        messages += convert_one(context, id, destination);
    }
    return messages;
}

OperationResult get_server_time_zones(const EwsContext& context) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> zones = {{
        {"UTC", "(UTC) Coordinated Universal Time"},
        {"GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London"},
        {"W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"},
        {"Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)"},
        {"Central Standard Time", "(UTC-06:00) Central Time (US & Canada)"},
    }};
    const pugi::xml_node ids = child_element(context.request.operation_node, xmlns::messages, "Ids");
    std::string definitions;
    for (const auto& [id, name] : zones) {
        bool wanted = !ids;
        for (pugi::xml_node asked = first_element(ids); asked && !wanted; asked = next_element(asked)) {
            wanted = trimmed(asked.text().get()) == id;
        }
        if (wanted) {
            definitions += fmt::format(R"(<t:TimeZoneDefinition Id="{}" Name="{}"/>)", id, xml_escape(name));
        }
    }
    return success_message("GetServerTimeZones", "<m:TimeZoneDefinitions>" + definitions + "</m:TimeZoneDefinitions>");
}

OperationResult get_password_expiration_date(const EwsContext& context) {
    const Account* account = context.state.directory.find(context.caller.logon_name);
    const bool never = account == nullptr || account->password_expires.empty();
    return fmt::format("<m:PasswordExpirationDate>{}</m:PasswordExpirationDate>",
                       never ? "9999-12-31T23:59:59.9999999" : account->password_expires);
}

} // namespace mailpreflight::simulator
