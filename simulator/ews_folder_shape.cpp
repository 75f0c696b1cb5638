#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

/** What a folder looks like in an answer. */
namespace mailpreflight::simulator {

namespace {

constexpr std::uint32_t tag_message_size = 0x0E08;
constexpr std::uint32_t tag_folder_type = 0x3601;
constexpr std::uint32_t tag_container_class = 0x3613;

const std::set<std::string>& default_fields() {
    static const std::set<std::string> fields = {
        "folder:DisplayName", "folder:TotalCount", "folder:ChildFolderCount", "folder:UnreadCount"};
    return fields;
}

void add_all_fields(const EwsContext& context, std::set<std::string>& fields) {
    fields.insert(default_fields().begin(), default_fields().end());
    fields.insert({"folder:ParentFolderId", "folder:FolderClass"});
    if (context.level >= level_2007_sp1) {
        fields.insert("folder:EffectiveRights");
        if (context.version().product <= Product::exchange_2010) {
            fields.insert("folder:PermissionSet");
        }
    }
    if (context.level >= level_2013) {
        fields.insert("folder:DistinguishedFolderId");
    }
}

std::optional<std::uint32_t> read_tag(std::string_view text) {
    int base = 10;
    if (starts_with_ignoring_case(text, "0x")) {
        text.remove_prefix(2);
        base = 16;
    }
    std::uint32_t tag = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tag, base);
    if (error != std::errc() || end != text.data() + text.size() || tag > 0xFFFF) {
        return std::nullopt;
    }
    return tag;
}

std::string_view element_of(FolderKind kind) {
    switch (kind) {
    case FolderKind::plain:
        return "Folder";
    case FolderKind::calendar:
        return "CalendarFolder";
    case FolderKind::contacts:
        return "ContactsFolder";
    case FolderKind::tasks:
        return "TasksFolder";
    case FolderKind::search:
        return "SearchFolder";
    }
    __builtin_unreachable();
}

std::optional<std::string> extended_value(const Folder& folder, const FolderShape::Extended& wanted) {
    if (wanted.tag == tag_message_size && wanted.type == "Long") {
        return std::to_string(folder.bytes);
    }
    if (wanted.tag == tag_message_size && wanted.type == "Integer") {
        // PR_MESSAGE_SIZE has 32 bits: it wraps above 2 GiB, which is why clients should ask for Long.
        return std::to_string(static_cast<std::int32_t>(static_cast<std::uint32_t>(folder.bytes)));
    }
    if (wanted.tag == tag_folder_type && wanted.type == "Integer") {
        return folder.kind == FolderKind::search ? "2" : "1";
    }
    if (wanted.tag == tag_container_class && wanted.type == "String" && !folder.folder_class.empty()) {
        return folder.folder_class;
    }
    return std::nullopt;
}

std::string effective_rights(FolderRight right, SchemaLevel level) {
    const std::string_view own = right == FolderRight::full ? "true" : "false";
    std::string text = fmt::format("<t:EffectiveRights><t:CreateAssociated>{0}</t:CreateAssociated>"
                                   "<t:CreateContents>{0}</t:CreateContents><t:CreateHierarchy>{0}</t:CreateHierarchy>"
                                   "<t:Delete>{0}</t:Delete><t:Modify>{0}</t:Modify><t:Read>true</t:Read>",
                                   own);
    if (level >= level_2010) {
        text += fmt::format("<t:ViewPrivateItems>{}</t:ViewPrivateItems>", own);
    }
    return text + "</t:EffectiveRights>";
}

std::string permission_set(FolderKind kind) {
    const std::string_view prefix = kind == FolderKind::calendar ? "Calendar" : "";
    std::string entries;
    for (const std::string_view user : {"Default", "Anonymous"}) {
        entries +=
            fmt::format("<t:{0}Permission><t:UserId><t:DistinguishedUser>{1}</t:DistinguishedUser></t:UserId>"
                        "<t:CanCreateItems>false</t:CanCreateItems><t:CanCreateSubFolders>false</t:CanCreateSubFolders>"
                        "<t:IsFolderOwner>false</t:IsFolderOwner><t:IsFolderVisible>false</t:IsFolderVisible>"
                        "<t:IsFolderContact>false</t:IsFolderContact><t:EditItems>None</t:EditItems>"
                        "<t:DeleteItems>None</t:DeleteItems><t:ReadItems>None</t:ReadItems>"
                        "<t:{0}PermissionLevel>None</t:{0}PermissionLevel></t:{0}Permission>",
                        prefix,
                        user);
    }
    return fmt::format("<t:PermissionSet><t:{0}Permissions>{1}</t:{0}Permissions></t:PermissionSet>", prefix, entries);
}

} // namespace

tl::expected<FolderShape, EwsError> read_folder_shape(const EwsContext& context, pugi::xml_node shape) {
    const pugi::xml_node base = first_element(shape);
    if (!is_element(base, xmlns::types, "BaseShape")) {
        return tl::unexpected(sequence_violation(context.request, shape, "BaseShape"));
    }
    FolderShape result;
    const std::string name = trimmed(base.text().get());
    if (name == "Default") {
        result.fields = default_fields();
    } else if (name == "AllProperties") {
        add_all_fields(context, result.fields);
    } else if (name != "IdOnly") {
        return tl::unexpected(schema_violation(
            context.request,
            base,
            fmt::format("The 'BaseShape' element is invalid - The value '{}' is invalid according to its datatype "
                        "'{}:DefaultShapeNamesType' - The Enumeration constraint failed.",
                        name,
                        xmlns::types)));
    }
    const pugi::xml_node additional = child_element(shape, xmlns::types, "AdditionalProperties");
    for (pugi::xml_node path = first_element(additional); path; path = next_element(path)) {
        if (local_name(path) == "FieldURI") {
            const std::string uri = path.attribute("FieldURI").value();
            const auto since = folder_property_since(uri);
            if (!since || *since > context.level) {
                return tl::unexpected(
                    enumeration_violation(context.request, path, "FieldURI", uri, "UnindexedFieldURIType"));
            }
            result.fields.insert(uri);
        } else if (local_name(path) == "ExtendedFieldURI") {
            if (const auto tag = read_tag(path.attribute("PropertyTag").value())) {
                result.extended.push_back({*tag, path.attribute("PropertyType").value()});
            }
        }
    }
    return result;
}

std::string render_folder(const EwsContext& context, const OpenedFolder& opened, const FolderShape& shape) {
    const Folder& folder = *opened.folder;
    const std::string& guid = opened.mailbox->guid;
    const auto wants = [&](std::string_view field) { return shape.fields.contains(std::string(field)); };
    const auto id_element = [&](std::string_view name, const std::string& key) {
        const FolderReference reference{guid, key};
        return fmt::format(
            R"(<t:{} Id="{}" ChangeKey="{}"/>)", name, encode_folder_id(reference), change_key_of(reference));
    };
    // The order is the schema's (BaseFolderType, then FolderType).
    std::string content = id_element("FolderId", folder.key);
    if (wants("folder:ParentFolderId")) {
        content += id_element("ParentFolderId", folder.parent.empty() ? folder.key : folder.parent);
    }
    if (wants("folder:FolderClass") && !folder.folder_class.empty()) {
        content += fmt::format("<t:FolderClass>{}</t:FolderClass>", xml_escape(folder.folder_class));
    }
    if (wants("folder:DisplayName")) {
        content += fmt::format("<t:DisplayName>{}</t:DisplayName>", xml_escape(folder.display_name));
    }
    if (wants("folder:TotalCount")) {
        content += fmt::format("<t:TotalCount>{}</t:TotalCount>", folder.items);
    }
    if (wants("folder:ChildFolderCount")) {
        content += fmt::format("<t:ChildFolderCount>{}</t:ChildFolderCount>",
                               child_count(opened.mailbox->folders, folder.key));
    }
    for (const FolderShape::Extended& wanted : shape.extended) {
        if (const auto value = extended_value(folder, wanted)) {
            content += fmt::format(R"(<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x{:x}" PropertyType="{}"/>)"
                                   "<t:Value>{}</t:Value></t:ExtendedProperty>",
                                   wanted.tag,
                                   wanted.type,
                                   xml_escape(*value));
        }
    }
    if (wants("folder:EffectiveRights")) {
        content += effective_rights(opened.right, context.level);
    }
    if (wants("folder:DistinguishedFolderId") && folder.distinguished) {
        content += fmt::format("<t:DistinguishedFolderId>{}</t:DistinguishedFolderId>", folder.key);
    }
    if (wants("folder:PermissionSet") && folder.kind != FolderKind::search) {
        content += permission_set(folder.kind);
    }
    if (wants("folder:UnreadCount") && (folder.kind == FolderKind::plain || folder.kind == FolderKind::tasks)) {
        content += fmt::format("<t:UnreadCount>{}</t:UnreadCount>", folder.unread);
    }
    return fmt::format("<t:{0}>{1}</t:{0}>", element_of(folder.kind), content);
}

} // namespace mailpreflight::simulator
