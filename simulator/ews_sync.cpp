#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>

/** SyncFolderHierarchy: what has come and gone since the state that the client shows. */
namespace mailpreflight::simulator {

namespace {

constexpr std::string_view state_mark = "\x01hierarchy";
constexpr std::string_view after_error =
    "<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>";

/** Nothing is remembered here: the state lists what the client has, and of which root. */
std::string state_of(const OpenedFolder& root, const std::vector<OpenedFolder>& folders) {
    std::string text = fmt::format("{} {} {}", state_mark, root.mailbox->guid, root.folder->key);
    for (const OpenedFolder& folder : folders) {
        text += ' ' + folder.folder->key;
    }
    return to_base64(text);
}

/** The keys of the folders that the client has; an error for a state that is none, or one of another root. */
tl::expected<std::vector<std::string>, EwsError> read_state(std::string_view state, const OpenedFolder& root) {
    if (state.empty()) {
        return std::vector<std::string>();
    }
    std::vector<std::string> words = split(from_base64(state).value_or(""), ' ');
    if (words.size() < 3 || words[0] != state_mark || words[1] != root.mailbox->guid || words[2] != root.folder->key) {
        return tl::unexpected(make_error("ErrorInvalidSyncStateData"));
    }
    words.erase(words.begin(), words.begin() + 3);
    return words;
}

OperationResult
changes(const EwsContext& context, const OpenedFolder& root, const Shape& shape, std::string_view state) {
    const auto had = read_state(state, root);
    if (!had) {
        return tl::unexpected(had.error());
    }
    const std::vector<OpenedFolder> folders = folders_below(context, root, true);
    std::string content;
    // Counts are no changes: the operation never reports them.
    for (const OpenedFolder& folder : folders) {
        if (std::ranges::find(*had, folder.folder->key) == had->end()) {
            const OperationResult rendered = render_folder(context, folder, shape);
            if (!rendered) {
                return rendered;
            }
            content += "<t:Create>" + *rendered + "</t:Create>";
        }
    }
    for (const std::string& key : *had) {
        if (std::ranges::none_of(folders, [&](const OpenedFolder& folder) { return folder.folder->key == key; })) {
            content += "<t:Delete>" + folder_id_element("FolderId", *root.mailbox, key) + "</t:Delete>";
        }
    }
    return fmt::format("<m:SyncState>{}</m:SyncState><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>"
                       "<m:Changes>{}</m:Changes>",
                       state_of(root, folders),
                       content);
}

} // namespace

OperationResult sync_folder_hierarchy(const EwsContext& context) {
    const pugi::xml_node node = context.request.operation_node;
    if (!is_element(first_element(node), xmlns::messages, "FolderShape")) {
        return tl::unexpected(sequence_violation(context.request, node, "FolderShape"));
    }
    if (const auto violation = check_children(context.request, {"FolderShape", "SyncFolderId", "SyncState"})) {
        return tl::unexpected(*violation);
    }
    const auto shape = read_folder_shape(context, first_element(node));
    if (!shape) {
        return tl::unexpected(shape.error());
    }
    // Without a folder the tree that the user sees is meant.
    pugi::xml_document assumed;
    assumed.append_child("SyncFolderId").append_child("DistinguishedFolderId").append_attribute("Id") = "msgfolderroot";
    pugi::xml_node ids = child_element(node, xmlns::messages, "SyncFolderId");
    if (!ids) {
        ids = assumed.document_element();
    }
    const std::string state = trimmed(child_element(node, xmlns::messages, "SyncState").text().get());
    return for_each_folder(
        context, ids, after_error, [&](const OpenedFolder& root) { return changes(context, root, *shape, state); });
}

} // namespace mailpreflight::simulator
