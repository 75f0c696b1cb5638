#pragma once

#include "simulator/ews_property.hpp"
#include "simulator/ews_service.hpp"

#include <tl/expected.hpp>

#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/** What the operations of the EWS service share. Internal to the library. */
namespace mailpreflight::simulator {

struct EwsContext {
    const State& state;
    const EwsCaller& caller;
    const SoapRequest& request;
    const EwsOverride& override_answer;
    SchemaLevel level;
    const Mailbox* impersonated = nullptr;

    const VersionProfile& version() const {
        return state.server.version;
    }
};

/** The content of ResponseMessages, or the error of a fault. */
using OperationResult = tl::expected<std::string, EwsError>;

/** A schema violation at this node, worded as the server words it. */
EwsError schema_violation(const SoapRequest& request, pugi::xml_node node, std::string text);
EwsError enumeration_violation(const SoapRequest& request,
                               pugi::xml_node node,
                               std::string_view attribute,
                               std::string_view value,
                               std::string_view type);
/** A child that is not where the schema wants it. */
EwsError sequence_violation(const SoapRequest& request, pugi::xml_node parent, std::string_view expected);
/** The operation's children are some of these, in this order: else the violation. */
std::optional<EwsError> check_children(const SoapRequest& request, std::initializer_list<std::string_view> order);

/** A refusal of one id; stops: the rest of the batch is not processed. */
struct Refusal {
    EwsError error;
    bool stops = false;
};

struct OpenedFolder {
    const Mailbox* mailbox = nullptr;
    const Folder* folder = nullptr;
    FolderRight right = FolderRight::none;
};

/** Whose request it is: resolves and authorises ExchangeImpersonation. Null where nobody is impersonated. */
tl::expected<const Mailbox*, EwsError>
resolve_impersonation(const State& state, const EwsCaller& caller, const SoapRequest& request, SchemaLevel level);

/** Opens what a FolderId or DistinguishedFolderId names, with the rights of whoever is meant. */
tl::expected<OpenedFolder, Refusal> open_folder(const EwsContext& context, pugi::xml_node id);
/** The right of whoever is meant on one folder of a mailbox. */
FolderRight right_on(const EwsContext& context, const Mailbox& mailbox, std::string_view folder_key);
/**
 * Opens each id in order and renders it: one message for each, after_error behind its errors. A refusal that stops
 * the batch leaves the rest as warnings; a refusal to render does not.
 */
std::string for_each_folder(const EwsContext& context,
                            pugi::xml_node ids,
                            std::string_view after_error,
                            const std::function<OperationResult(const OpenedFolder&)>& render);

/** The FolderShape of a request, or an ItemShape. */
struct Shape {
    std::set<std::string> fields; ///< "folder:DisplayName", base shape included
    std::vector<PropertyPath> extended;

    bool wants(std::string_view field) const {
        return fields.contains(std::string(field));
    }
};
tl::expected<Shape, EwsError> read_folder_shape(const EwsContext& context, pugi::xml_node shape);
tl::expected<Shape, EwsError> read_item_shape(const EwsContext& context, pugi::xml_node shape);
/** What BaseShape says: IdOnly, Default or AllProperties; nothing else is one. */
tl::expected<std::string, EwsError> read_base_shape(const EwsContext& context, pugi::xml_node shape);

/** t:Folder, t:CalendarFolder ... with what the shape asks for; refused where it asks for what only owners see. */
OperationResult render_folder(const EwsContext& context, const OpenedFolder& opened, const Shape& shape);
std::optional<std::string> folder_property(const OpenedFolder& opened, const PropertyPath& path);
/** Which of the folders below the parent are meant, in the order of the tree, and only what the caller may see. */
std::vector<OpenedFolder> folders_below(const EwsContext& context, const OpenedFolder& parent, bool deep);
/** t:FolderId, t:ParentFolderId ... */
std::string folder_id_element(std::string_view name, const Mailbox& mailbox, const std::string& key);

/**
 * Items are made up, as many as the folder counts: number 0 is the oldest, and the newest are the unread ones. The
 * same folder always has the same items.
 */
std::string render_item(const OpenedFolder& folder, std::int32_t number, const Shape& shape);
std::optional<std::string> item_property(const Folder& folder, std::int32_t number, const PropertyPath& path);
/** When the item with this number arrived, as XML writes it. */
std::string arrival_of(std::int32_t number);

OperationResult get_folder(const EwsContext& context);
OperationResult find_folder(const EwsContext& context);
OperationResult find_item(const EwsContext& context);
OperationResult sync_folder_hierarchy(const EwsContext& context);
OperationResult resolve_names(const EwsContext& context);
OperationResult convert_id(const EwsContext& context);
OperationResult get_password_expiration_date(const EwsContext& context);
OperationResult get_server_time_zones(const EwsContext& context);

} // namespace mailpreflight::simulator
