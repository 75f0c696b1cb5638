#include "simulator/ews_context.hpp"

#include <set>

/** GetFolder, and how every operation on folders goes through its ids. */
namespace mailpreflight::simulator {

std::string for_each_folder(const EwsContext& context,
                            pugi::xml_node ids,
                            std::string_view after_error,
                            const std::function<OperationResult(const OpenedFolder&)>& render) {
    const std::string& operation = context.request.operation;
    std::string messages;
    std::set<const Mailbox*> opened_mailboxes;
    bool stopped = false;
    for (pugi::xml_node id = first_element(ids); id; id = next_element(id)) {
        if (stopped) {
            messages += warning_message(operation, make_error("ErrorBatchProcessingStopped"), after_error);
            continue;
        }
        const auto opened = open_folder(context, id);
        if (!opened) {
            messages += error_message(operation, opened.error().error, after_error);
            stopped = opened.error().stops;
            continue;
        }
        opened_mailboxes.insert(opened->mailbox);
        if (opened_mailboxes.size() > static_cast<std::size_t>(context.state.server.max_mailboxes_per_request)) {
            EwsError error = make_error("ErrorTooManyObjectsOpened");
            error.text += ", Cannot open mailbox.";
            messages += error_message(operation, error, after_error);
            continue;
        }
        const OperationResult rendered = render(*opened);
        messages +=
            rendered ? success_message(operation, *rendered) : error_message(operation, rendered.error(), after_error);
    }
    return messages;
}

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
    return for_each_folder(context, ids, "<m:Folders/>", [&](const OpenedFolder& opened) {
        return render_folder(context, opened, *shape).map([](const std::string& folder) {
            return "<m:Folders>" + folder + "</m:Folders>";
        });
    });
}

} // namespace mailpreflight::simulator
