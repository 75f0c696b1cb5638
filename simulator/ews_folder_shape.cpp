#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <utility>

/** What a folder looks like in an answer. */
namespace mailpreflight::simulator {

namespace {

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

std::optional<std::string> field_value(const OpenedFolder& opened, std::string_view field) {
    const Folder& folder = *opened.folder;
    if (field == "folder:DisplayName") {
        return folder.display_name;
    }
    if (field == "folder:FolderClass" && !folder.folder_class.empty()) {
        return folder.folder_class;
    }
    if (field == "folder:TotalCount") {
        return std::to_string(folder.items);
    }
    if (field == "folder:ChildFolderCount") {
        return std::to_string(child_count(opened.mailbox->folders, folder.key));
    }
    if (field == "folder:UnreadCount" && (folder.kind == FolderKind::plain || folder.kind == FolderKind::tasks)) {
        return std::to_string(folder.unread);
    }
    return std::nullopt;
}

/** MAPI's folder properties, the names of MS-OXPROPS behind them. */
std::optional<std::string> tagged_value(const OpenedFolder& opened, const PropertyPath& path) {
    const Folder& folder = *opened.folder;
    const bool is_integer = path.type == "Integer";
    switch (path.tag) {
    case 0x0E08: // PidTagMessageSizeExtended as Long
        if (path.type == "Long") {
            return std::to_string(folder.bytes);
        }
        // PidTagMessageSize has 32 bits: it wraps above 2 GiB, which is why clients should ask for Long.
        return is_integer ? std::optional(std::to_string(static_cast<std::int32_t>(folder.bytes & 0xFFFFFFFF)))
                          : std::nullopt;
    case 0x3001: // PidTagDisplayName
        return path.type == "String" ? field_value(opened, "folder:DisplayName") : std::nullopt;
    case 0x3008: // PidTagLastModificationTime
    case 0x670A: // PidTagLocalCommitTimeMax: of the newest item
        return path.type == "SystemTime" ? std::optional(arrival_of(folder.items)) : std::nullopt;
    case 0x3601: // PidTagFolderType
        return is_integer ? std::optional<std::string>(folder.kind == FolderKind::search ? "2" : "1") : std::nullopt;
    case 0x3602: // PidTagContentCount
        return is_integer ? std::optional(std::to_string(folder.items)) : std::nullopt;
    case 0x3603: // PidTagContentUnreadCount
        return is_integer ? std::optional(std::to_string(folder.unread)) : std::nullopt;
    case 0x360A: // PidTagSubfolders
        return path.type == "Boolean"
                   ? std::optional<std::string>(child_count(opened.mailbox->folders, folder.key) > 0 ? "true" : "false")
                   : std::nullopt;
    case 0x3613: // PidTagContainerClass
        return path.type == "String" ? field_value(opened, "folder:FolderClass") : std::nullopt;
    default:
        return std::nullopt;
    }
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

tl::expected<std::string, EwsError> read_base_shape(const EwsContext& context, pugi::xml_node shape) {
    const pugi::xml_node base = first_element(shape);
    if (!is_element(base, xmlns::types, "BaseShape")) {
        return tl::unexpected(sequence_violation(context.request, shape, "BaseShape"));
    }
    std::string name = trimmed(base.text().get());
    if (name != "IdOnly" && name != "Default" && name != "AllProperties") {
        return tl::unexpected(schema_violation(
            context.request,
            base,
            fmt::format("The 'BaseShape' element is invalid - The value '{}' is invalid according to its datatype "
                        "'{}:DefaultShapeNamesType' - The Enumeration constraint failed.",
                        name,
                        xmlns::types)));
    }
    return name;
}

tl::expected<Shape, EwsError> read_folder_shape(const EwsContext& context, pugi::xml_node shape) {
    const auto base = read_base_shape(context, shape);
    if (!base) {
        return tl::unexpected(base.error());
    }
    Shape result;
    if (*base == "Default") {
        result.fields = default_fields();
    } else if (*base == "AllProperties") {
        add_all_fields(context, result.fields);
    }
    const pugi::xml_node additional = child_element(shape, xmlns::types, "AdditionalProperties");
    for (pugi::xml_node node = first_element(additional); node; node = next_element(node)) {
        PropertyPath path = read_property_path(node);
        if (local_name(node) == "FieldURI") {
            const auto since = folder_property_since(path.field);
            if (!since || *since > context.level) {
                return tl::unexpected(
                    enumeration_violation(context.request, node, "FieldURI", path.field, "UnindexedFieldURIType"));
            }
            result.fields.insert(path.field);
        } else if (path.tag != 0) {
            result.extended.push_back(std::move(path));
        }
    }
    return result;
}

std::string folder_id_element(std::string_view name, const Mailbox& mailbox, const std::string& key) {
    const FolderReference reference{mailbox.guid, key};
    return fmt::format(
        R"(<t:{} Id="{}" ChangeKey="{}"/>)", name, encode_folder_id(reference), change_key_of(reference));
}

std::optional<std::string> folder_property(const OpenedFolder& opened, const PropertyPath& path) {
    return path.field.empty() ? tagged_value(opened, path) : field_value(opened, path.field);
}

OperationResult render_folder(const EwsContext& context, const OpenedFolder& opened, const Shape& shape) {
    // Who may read a folder but does not own it may not see its permissions, and then sees nothing at all.
    if (shape.wants("folder:PermissionSet") && opened.right != FolderRight::full) {
        return tl::unexpected(make_error("ErrorAccessDenied"));
    }
    const Folder& folder = *opened.folder;
    const auto element = [&](std::string_view name) {
        const std::string field = fmt::format("folder:{}", name);
        const auto value = shape.wants(field) ? field_value(opened, field) : std::nullopt;
        return value ? fmt::format("<t:{0}>{1}</t:{0}>", name, xml_escape(*value)) : std::string();
    };
    // The order is the schema's (BaseFolderType, then FolderType).
    std::string content = folder_id_element("FolderId", *opened.mailbox, folder.key);
    if (shape.wants("folder:ParentFolderId")) {
        content +=
            folder_id_element("ParentFolderId", *opened.mailbox, folder.parent.empty() ? folder.key : folder.parent);
    }
    for (const std::string_view name : {"FolderClass", "DisplayName", "TotalCount", "ChildFolderCount"}) {
        content += element(name);
    }
    content += render_extended(shape.extended, [&](const PropertyPath& path) { return tagged_value(opened, path); });
    if (shape.wants("folder:EffectiveRights")) {
        content += effective_rights(opened.right, context.level);
    }
    if (shape.wants("folder:DistinguishedFolderId") && folder.distinguished) {
        content += fmt::format("<t:DistinguishedFolderId>{}</t:DistinguishedFolderId>", folder.key);
    }
    if (shape.wants("folder:PermissionSet") && folder.kind != FolderKind::search) {
        content += permission_set(folder.kind);
    }
    content += element("UnreadCount");
    return fmt::format("<t:{0}>{1}</t:{0}>", element_of(folder.kind), content);
}

} // namespace mailpreflight::simulator
