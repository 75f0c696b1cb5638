#include "simulator/ews_service.hpp"

#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mailpreflight::simulator {

namespace {

struct Operation {
    std::string_view name;
    SchemaLevel since;
    OperationResult (*run)(const EwsContext&);
    bool one_message = false; ///< the response element is the message
};

constexpr std::array<Operation, 8> operations = {{
    {"GetFolder", level_2007, get_folder},
    {"FindFolder", level_2007, find_folder},
    {"FindItem", level_2007, find_item},
    {"SyncFolderHierarchy", level_2007, sync_folder_hierarchy},
    {"ResolveNames", level_2007, resolve_names},
    {"ConvertId", level_2007_sp1, convert_id},
    {"GetServerTimeZones", level_2010, get_server_time_zones},
    {"GetPasswordExpirationDate", level_2010_sp1, get_password_expiration_date, true},
}};

tl::expected<SchemaLevel, EwsError> requested_level(const State& state, const SoapRequest& request) {
    if (!request.version) {
        return level_2007; // the schema of the first release
    }
    const auto level = schema_level(*request.version);
    if (!level) {
        // From 2013 on a value outside the enumeration makes the whole request unreadable (seen for Exchange2019).
        const bool modern = state.server.version.product >= Product::exchange_2013;
        return tl::unexpected(make_error(modern ? "ErrorInvalidRequest" : "ErrorInvalidServerVersion"));
    }
    if (*level > state.server.version.newest) {
        return tl::unexpected(make_error("ErrorInvalidServerVersion"));
    }
    return *level;
}

/** A folder name that the chosen schema does not know fails the whole request. */
std::optional<EwsError> check_distinguished_names(const SoapRequest& request, SchemaLevel level) {
    for (const pugi::xpath_node& found :
         request.operation_node.select_nodes(".//*[local-name()='DistinguishedFolderId']")) {
        const std::string id = found.node().attribute("Id").value();
        const auto since = distinguished_name_since(id);
        if (!since || *since > level) {
            return enumeration_violation(request, found.node(), "Id", id, "DistinguishedFolderIdNameType");
        }
    }
    return std::nullopt;
}

/** One error for each id that the request names. */
std::string forced_messages(const EwsContext& context, const Operation& operation) {
    const bool folders = operation.name == "GetFolder";
    const auto ids = context.request.operation_node.select_nodes(
        ".//*[local-name()='FolderIds' or local-name()='ParentFolderIds']/*");
    std::string messages;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, ids.size()); ++i) {
        messages += error_message(operation.name, *context.override_answer.error, folders ? "<m:Folders/>" : "");
    }
    return messages;
}

std::string first_code(std::string_view body) {
    constexpr std::string_view end_mark = "</";
    std::string result;
    for (const std::string_view mark :
         {std::string_view("<m:ResponseCode>"), std::string_view("ResponseCode xmlns:e=")}) {
        for (auto at = body.find(mark); at != std::string_view::npos; at = body.find(mark, at + 1)) {
            const auto start = body.find('>', at) + 1;
            result = body.substr(start, body.find(end_mark, start) - start);
            if (result != "NoError") {
                return result;
            }
        }
    }
    return result;
}

EwsAnswer fault(const State& state, const EwsError& error, const Mailbox* mailbox = nullptr) {
    return {500, soap_fault(state.server.version, error), error.code, mailbox};
}

/** The mailbox that the front end would route to. */
const Mailbox* routed_mailbox(const State& state, const EwsCaller& caller, const SoapRequest& request) {
    for (const std::string& address : request.mailboxes()) {
        if (const Mailbox* mailbox = state.organisation.find(address)) {
            return mailbox;
        }
    }
    return caller.mailbox.empty() ? nullptr : state.organisation.find(caller.mailbox);
}

} // namespace

EwsError schema_violation(const SoapRequest& request, pugi::xml_node node, std::string text) {
    EwsError error = make_error("ErrorSchemaValidation");
    const auto [line, column] = request.position_of(node);
    error.violation = EwsError::Violation{line, column, std::move(text)};
    return error;
}

EwsError enumeration_violation(const SoapRequest& request,
                               pugi::xml_node node,
                               std::string_view attribute,
                               std::string_view value,
                               std::string_view type) {
    return schema_violation(request,
                            node,
                            fmt::format("The '{}' attribute is invalid - The value '{}' is invalid according to its "
                                        "datatype '{}:{}' - The Enumeration constraint failed.",
                                        attribute,
                                        value,
                                        xmlns::types,
                                        type));
}

EwsError sequence_violation(const SoapRequest& request, pugi::xml_node parent, std::string_view expected) {
    const pugi::xml_node child = first_element(parent);
    if (!child) {
        return schema_violation(request,
                                parent,
                                fmt::format("The element '{}' in namespace '{}' has incomplete content. List of "
                                            "possible elements expected: '{}' in namespace '{}'.",
                                            local_name(parent),
                                            xmlns::messages,
                                            expected,
                                            xmlns::messages));
    }
    return schema_violation(
        request,
        child,
        fmt::format("The element '{}' in namespace '{}' has invalid child element '{}' in namespace "
                    "'{}'. List of possible elements expected: '{}' in namespace '{}'.",
                    local_name(parent),
                    xmlns::messages,
                    local_name(child),
                    namespace_of(child),
                    expected,
                    xmlns::messages));
}

std::optional<EwsError> check_children(const SoapRequest& request, std::initializer_list<std::string_view> order) {
    const pugi::xml_node parent = request.operation_node;
    const auto* next = order.begin();
    for (pugi::xml_node child = first_element(parent); child; child = next_element(child)) {
        next = namespace_of(child) == xmlns::messages ? std::find(next, order.end(), local_name(child)) : order.end();
        if (next == order.end()) {
            return schema_violation(request,
                                    child,
                                    fmt::format("The element '{}' in namespace '{}' has invalid child element '{}' in "
                                                "namespace '{}'.",
                                                local_name(parent),
                                                xmlns::messages,
                                                local_name(child),
                                                namespace_of(child)));
        }
        ++next;
    }
    return std::nullopt;
}

EwsAnswer
serve_ews(const State& state, const EwsCaller& caller, const SoapRequest& request, const EwsOverride& override_answer) {
    if (!request.is_envelope) {
        return fault(state, make_error("ErrorInvalidRequest"));
    }
    if (!request.duplicate_header.empty()) {
        return fault(state, make_error("ErrorDuplicateSOAPHeader"));
    }
    const auto level = requested_level(state, request);
    if (!level) {
        return fault(state, level.error());
    }
    const auto operation = std::ranges::find(operations, request.operation, &Operation::name);
    if (operation == operations.end() || namespace_of(request.operation_node) != xmlns::messages ||
        operation->since > state.server.version.newest) {
        return fault(state, make_error("ErrorInvalidRequest"));
    }
    if (request.version && operation->since > *level) {
        return fault(state, make_error("ErrorIncorrectSchemaVersion"));
    }
    if (const auto violation = check_distinguished_names(request, *level)) {
        return fault(state, *violation);
    }
    const Mailbox* routed = routed_mailbox(state, caller, request);
    if (override_answer.error && !override_answer.as_message) {
        return fault(state, *override_answer.error, routed);
    }
    if (caller.is_application && !request.has_impersonation) {
        EwsError error = make_error("ErrorInvalidExchangeImpersonationHeaderData");
        error.text = "ExchangeImpersonation SOAP header must be present for this type of OAuth token.";
        return fault(state, error, routed);
    }
    const auto impersonated = resolve_impersonation(state, caller, request, *level);
    if (!impersonated) {
        return fault(state, impersonated.error(), routed);
    }
    const EwsContext context{state, caller, request, override_answer, *level, *impersonated};
    if (operation->one_message && override_answer.error) {
        return {200,
                soap_one_error(state.server.version,
                               operation->name,
                               *override_answer.error,
                               "<m:PasswordExpirationDate>0001-01-01T00:00:00</m:PasswordExpirationDate>"),
                override_answer.error->code,
                routed};
    }
    const OperationResult result =
        override_answer.error ? OperationResult(forced_messages(context, *operation)) : operation->run(context);
    if (!result) {
        return fault(state, result.error(), routed);
    }
    std::string body = operation->one_message ? soap_one_message(state.server.version, operation->name, *result)
                                              : soap_messages(state.server.version, operation->name, *result);
    std::string code = first_code(body);
    return {200, std::move(body), std::move(code), routed};
}

} // namespace mailpreflight::simulator
