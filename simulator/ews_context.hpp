#pragma once

#include "simulator/ews_service.hpp"

#include <tl/expected.hpp>

#include <set>
#include <string>

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

/** The FolderShape of a request. */
struct FolderShape {
    std::set<std::string> fields; ///< "folder:DisplayName", base shape included
    struct Extended {
        std::uint32_t tag = 0;
        std::string type;
    };
    std::vector<Extended> extended;
};
tl::expected<FolderShape, EwsError> read_folder_shape(const EwsContext& context, pugi::xml_node shape);
/** t:Folder, t:CalendarFolder ... with what the shape asks for. */
std::string render_folder(const EwsContext& context, const OpenedFolder& opened, const FolderShape& shape);

OperationResult get_folder(const EwsContext& context);
OperationResult find_folder(const EwsContext& context);
OperationResult find_item(const EwsContext& context);
OperationResult resolve_names(const EwsContext& context);
OperationResult convert_id(const EwsContext& context);
OperationResult get_server_time_zones(const EwsContext& context);

} // namespace mailpreflight::simulator
