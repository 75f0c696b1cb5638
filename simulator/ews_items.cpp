#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

/** What an item looks like in an answer. */
namespace mailpreflight::simulator {

namespace {

enum class In { default_shape, all_properties };

struct ItemField {
    std::string_view uri;
    In in = In::all_properties;
};

// The order is the schema's (ItemType), extended properties between the two, then MessageType.
constexpr std::array<ItemField, 8> fields_before = {{{"item:ItemClass"},
                                                     {"item:Subject", In::default_shape},
                                                     {"item:DateTimeReceived"},
                                                     {"item:Size", In::default_shape},
                                                     {"item:IsDraft"},
                                                     {"item:DateTimeSent", In::default_shape},
                                                     {"item:DateTimeCreated", In::default_shape},
                                                     {"item:HasAttachments", In::default_shape}}};
constexpr std::array<ItemField, 2> fields_after = {{{"item:LastModifiedTime"}, {"message:IsRead", In::default_shape}}};

constexpr std::string_view parent_folder_id = "item:ParentFolderId";
constexpr std::time_t first_arrival = 1'704'067'200; // 2024-01-01
constexpr std::time_t between_arrivals = 600;

std::string_view item_class_of(const Folder& folder) {
    switch (folder.kind) {
    case FolderKind::calendar:
        return "IPM.Appointment";
    case FolderKind::contacts:
        return "IPM.Contact";
    case FolderKind::tasks:
        return "IPM.Task";
    case FolderKind::plain:
    case FolderKind::search:
        return folder.folder_class == "IPF.StickyNote" ? "IPM.StickyNote"
               : folder.folder_class == "IPF.Journal"  ? "IPM.Activity"
                                                       : "IPM.Note";
    }
    __builtin_unreachable();
}

std::string_view element_of(FolderKind kind) {
    switch (kind) {
    case FolderKind::plain:
    case FolderKind::search:
        return "Message";
    case FolderKind::calendar:
        return "CalendarItem";
    case FolderKind::contacts:
        return "Contact";
    case FolderKind::tasks:
        return "Task";
    }
    __builtin_unreachable();
}

std::string item_id(const OpenedFolder& folder, std::int32_t number) {
    return to_base64("\x01item " + folder.mailbox->guid + ' ' +
                     sha256(folder.folder->key + '#' + std::to_string(number)).substr(0, 16));
}

std::int64_t size_of(const Folder& folder) {
    return std::min<std::int64_t>(folder.bytes / folder.items, std::numeric_limits<std::int32_t>::max());
}

bool is_read(const Folder& folder, std::int32_t number) {
    return number < folder.items - folder.unread;
}

std::string flag(bool value) {
    return value ? "true" : "false";
}

std::optional<std::string> field_value(const Folder& folder, std::int32_t number, std::string_view field) {
    if (field == "item:ItemClass") {
        return std::string(item_class_of(folder));
    }
    if (field == "item:Subject") {
        return fmt::format("Item {}", number + 1);
    }
    if (field == "item:Size") {
        return std::to_string(size_of(folder));
    }
    if (field == "item:DateTimeReceived" || field == "item:DateTimeSent" || field == "item:DateTimeCreated" ||
        field == "item:LastModifiedTime") {
        return arrival_of(number);
    }
    if (field == "item:IsDraft") {
        return flag(folder.key == "drafts");
    }
    if (field == "item:HasAttachments") {
        return "false";
    }
    if (field == "message:IsRead" && element_of(folder.kind) == "Message") {
        return flag(is_read(folder, number));
    }
    return std::nullopt;
}

/** MAPI's message properties, the names of MS-OXPROPS behind them. */
std::optional<std::string> tagged_value(const Folder& folder, std::int32_t number, const PropertyPath& path) {
    constexpr int flag_read = 1;
    constexpr int flag_unsent = 8;
    const auto typed = [&](std::string_view type, std::optional<std::string> value) {
        return path.type == type ? std::move(value) : std::nullopt;
    };
    switch (path.tag) {
    case 0x001A: // PidTagMessageClass
        return typed("String", field_value(folder, number, "item:ItemClass"));
    case 0x0037: // PidTagSubject
        return typed("String", field_value(folder, number, "item:Subject"));
    case 0x0E06: // PidTagMessageDeliveryTime
    case 0x3007: // PidTagCreationTime
    case 0x3008: // PidTagLastModificationTime
        return typed("SystemTime", arrival_of(number));
    case 0x0E07: // PidTagMessageFlags
        return typed(
            "Integer",
            std::to_string((is_read(folder, number) ? flag_read : 0) | (folder.key == "drafts" ? flag_unsent : 0)));
    case 0x0E08: // PidTagMessageSize
        return path.type == "Integer" || path.type == "Long" ? std::optional(std::to_string(size_of(folder)))
                                                             : std::nullopt;
    case 0x0E23: // PidTagInternetArticleNumber, the UID of IMAP
        return typed("Integer", std::to_string(number + 1));
    default:
        return std::nullopt;
    }
}

} // namespace

std::string arrival_of(std::int32_t number) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(first_arrival + number * between_arrivals));
}

tl::expected<Shape, EwsError> read_item_shape(const EwsContext& context, pugi::xml_node shape) {
    const auto base = read_base_shape(context, shape);
    if (!base) {
        return tl::unexpected(base.error());
    }
    Shape result;
    const auto add = [&](const auto& fields) {
        for (const ItemField& field : fields) {
            if (*base == "AllProperties" || (*base == "Default" && field.in == In::default_shape)) {
                result.fields.emplace(field.uri);
            }
        }
    };
    add(fields_before);
    add(fields_after);
    if (*base == "AllProperties") {
        result.fields.emplace(parent_folder_id);
    }
    const pugi::xml_node additional = child_element(shape, xmlns::types, "AdditionalProperties");
    for (pugi::xml_node node = first_element(additional); node; node = next_element(node)) {
        PropertyPath path = read_property_path(node);
        if (!path.field.empty()) {
            result.fields.insert(path.field);
        } else if (path.tag != 0) {
            result.extended.push_back(std::move(path));
        }
    }
    return result;
}

std::optional<std::string> item_property(const Folder& folder, std::int32_t number, const PropertyPath& path) {
    return path.field.empty() ? tagged_value(folder, number, path) : field_value(folder, number, path.field);
}

std::string render_item(const OpenedFolder& folder, std::int32_t number, const Shape& shape) {
    std::string content = fmt::format(R"(<t:ItemId Id="{}" ChangeKey="CQAAAA=="/>)", item_id(folder, number));
    if (shape.wants(parent_folder_id)) {
        content += folder_id_element("ParentFolderId", *folder.mailbox, folder.folder->key);
    }
    const auto add = [&](const auto& fields) {
        for (const ItemField& field : fields) {
            const auto value = shape.wants(field.uri) ? field_value(*folder.folder, number, field.uri) : std::nullopt;
            if (value) {
                const std::string_view name = field.uri.substr(field.uri.find(':') + 1);
                content += fmt::format("<t:{0}>{1}</t:{0}>", name, *value);
            }
        }
    };
    add(fields_before);
    content += render_extended(shape.extended,
                               [&](const PropertyPath& path) { return tagged_value(*folder.folder, number, path); });
    add(fields_after);
    return fmt::format("<t:{0}>{1}</t:{0}>", element_of(folder.folder->kind), content);
}

} // namespace mailpreflight::simulator
