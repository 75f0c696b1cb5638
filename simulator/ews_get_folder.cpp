#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <set>

namespace mailpreflight::simulator {

namespace {

constexpr std::string_view operation = "GetFolder";
constexpr std::string_view no_folders = "<m:Folders/>";

} // namespace

OperationResult get_folder(const EwsContext& context) {
    const pugi::xml_node node = context.request.operation_node;
    const pugi::xml_node shape_node = first_element(node);
    if (!is_element(shape_node, xmlns::messages, "FolderShape")) {
        return tl::unexpected(sequence_violation(context.request, node, "FolderShape"));
    }
    const pugi::xml_node ids = next_element(shape_node);
    if (!is_element(ids, xmlns::messages, "FolderIds") || !first_element(ids) || next_element(ids)) {
        return tl::unexpected(sequence_violation(context.request, node, "FolderIds"));
    }
    const auto shape = read_folder_shape(context, shape_node);
    if (!shape) {
        return tl::unexpected(shape.error());
    }
    std::string messages;
    std::set<const Mailbox*> opened_mailboxes;
    bool stopped = false;
    for (pugi::xml_node id = first_element(ids); id; id = next_element(id)) {
        if (stopped) {
            messages += warning_message(operation, make_error("ErrorBatchProcessingStopped"), no_folders);
            continue;
        }
        const auto opened = open_folder(context, id);
        if (!opened) {
            messages += error_message(operation, opened.error().error, no_folders);
            stopped = opened.error().stops;
            continue;
        }
        opened_mailboxes.insert(opened->mailbox);
        if (opened_mailboxes.size() > static_cast<std::size_t>(context.state.server.max_mailboxes_per_request)) {
            EwsError error = make_error("ErrorTooManyObjectsOpened");
            error.text += ", Cannot open mailbox.";
            messages += error_message(operation, error, no_folders);
            continue;
        }
        // Who may read a folder but does not own it may not see its permissions, and then sees nothing at all.
        if (shape->fields.contains("folder:PermissionSet") && opened->right != FolderRight::full) {
            messages += error_message(operation, make_error("ErrorAccessDenied"), no_folders);
            continue;
        }
        messages +=
            success_message(operation, "<m:Folders>" + render_folder(context, *opened, *shape) + "</m:Folders>");
    }
    return messages;
}

} // namespace mailpreflight::simulator
