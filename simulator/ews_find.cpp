#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

/** FindFolder and FindItem: enough to walk a tree and to count. */
namespace mailpreflight::simulator {

namespace {

// EWSFindCountLimit: a page never holds more.
constexpr int find_count_limit = 1000;

struct Page {
    bool asked = false;
    int offset = 0;
    int limit = find_count_limit;
};

tl::expected<Page, EwsError> read_page(const EwsContext& context, std::string_view element) {
    const pugi::xml_node view = child_element(context.request.operation_node, xmlns::messages, element);
    if (!view) {
        return Page{};
    }
    Page page{.asked = true,
              .offset = view.attribute("Offset").as_int(),
              .limit = view.attribute("MaxEntriesReturned").as_int(find_count_limit)};
    if (page.offset < 0) {
        return tl::unexpected(make_error("ErrorInvalidIndexedPagingParameters"));
    }
    if (page.limit <= 0) {
        return tl::unexpected(make_error("ErrorInvalidPagingMaxRows"));
    }
    page.limit = std::min(page.limit, find_count_limit);
    return page;
}

std::string page_attributes(const Page& page, int total, int shown) {
    const int next = page.offset + shown;
    const bool last = next >= total;
    if (!page.asked) {
        return fmt::format(R"(TotalItemsInView="{}" IncludesLastItemInRange="{}")", total, last);
    }
    return fmt::format(
        R"(IndexedPagingOffset="{}" TotalItemsInView="{}" IncludesLastItemInRange="{}")", next, total, last);
}

void add_descendants(const std::vector<Folder>& folders,
                     std::string_view parent,
                     bool deep,
                     std::vector<const Folder*>& result) {
    for (const Folder& folder : folders) {
        if (folder.parent == parent) {
            result.push_back(&folder);
            if (deep) {
                add_descendants(folders, folder.key, deep, result);
            }
        }
    }
}

std::string found_folders(
    const EwsContext& context, const OpenedFolder& parent, const FolderShape& shape, const Page& page, bool deep) {
    std::vector<const Folder*> found;
    add_descendants(parent.mailbox->folders, parent.folder->key, deep, found);
    const int total = static_cast<int>(found.size());
    std::string content;
    int shown = 0;
    for (int at = page.offset; at < total && shown < page.limit; ++at, ++shown) {
        content += render_folder(context, {parent.mailbox, found[static_cast<std::size_t>(at)], parent.right}, shape);
    }
    return fmt::format(
        "<m:RootFolder {}><t:Folders>{}</t:Folders></m:RootFolder>", page_attributes(page, total, shown), content);
}

std::string item_id(const OpenedFolder& folder, int number) {
    return to_base64("\x01item " + folder.mailbox->guid + ' ' +
                     sha256(folder.folder->key + '#' + std::to_string(number)).substr(0, 16));
}

std::string found_items(const EwsContext& context, const OpenedFolder& folder, const Page& page) {
    const bool wants_size =
        !context.request.operation_node.select_nodes(".//*[local-name()='FieldURI'][@FieldURI='item:Size']").empty();
    const int total = folder.folder->items;
    std::string content;
    int shown = 0;
    for (int at = page.offset; at < total && shown < page.limit; ++at, ++shown) {
        content += fmt::format(R"(<t:Message><t:ItemId Id="{}" ChangeKey="CQAAAA=="/>)", item_id(folder, at));
        if (wants_size) {
            content += fmt::format(
                "<t:Size>{}</t:Size>",
                std::min<std::int64_t>(folder.folder->bytes / total, std::numeric_limits<std::int32_t>::max()));
        }
        content += "</t:Message>";
    }
    return fmt::format(
        "<m:RootFolder {}><t:Items>{}</t:Items></m:RootFolder>", page_attributes(page, total, shown), content);
}

template <typename Render>
OperationResult for_each_parent(const EwsContext& context, std::string_view operation, Render render) {
    const pugi::xml_node node = context.request.operation_node;
    const pugi::xml_node parents = child_element(node, xmlns::messages, "ParentFolderIds");
    if (!first_element(parents)) {
        return tl::unexpected(sequence_violation(context.request, node, "ParentFolderIds"));
    }
    std::string messages;
    bool stopped = false;
    for (pugi::xml_node id = first_element(parents); id; id = next_element(id)) {
        if (stopped) {
            messages += warning_message(operation, make_error("ErrorBatchProcessingStopped"), "");
            continue;
        }
        const auto opened = open_folder(context, id);
        if (opened) {
            messages += success_message(operation, render(*opened));
        } else {
            messages += error_message(operation, opened.error().error, "");
            stopped = opened.error().stops;
        }
    }
    return messages;
}

tl::expected<bool, EwsError> read_traversal(const EwsContext& context,
                                            std::initializer_list<std::string_view> allowed) {
    const pugi::xml_node node = context.request.operation_node;
    const std::string traversal = node.attribute("Traversal").value();
    if (traversal.empty()) {
        return tl::unexpected(
            schema_violation(context.request, node, "The required attribute 'Traversal' is missing."));
    }
    if (std::ranges::find(allowed, traversal) == allowed.end()) {
        return tl::unexpected(
            enumeration_violation(context.request, node, "Traversal", traversal, "FolderQueryTraversalType"));
    }
    return traversal == "Deep";
}

} // namespace

OperationResult find_folder(const EwsContext& context) {
    const pugi::xml_node node = context.request.operation_node;
    const auto deep = read_traversal(context, {"Shallow", "Deep", "SoftDeleted"});
    if (!deep) {
        return tl::unexpected(deep.error());
    }
    if (!is_element(first_element(node), xmlns::messages, "FolderShape")) {
        return tl::unexpected(sequence_violation(context.request, node, "FolderShape"));
    }
    const auto shape = read_folder_shape(context, first_element(node));
    if (!shape) {
        return tl::unexpected(shape.error());
    }
    const auto page = read_page(context, "IndexedPageFolderView");
    if (!page) {
        return error_message("FindFolder", page.error(), "");
    }
    return for_each_parent(context, "FindFolder", [&](const OpenedFolder& parent) {
        return found_folders(context, parent, *shape, *page, *deep);
    });
}

OperationResult find_item(const EwsContext& context) {
    const auto traversal = read_traversal(context, {"Shallow", "SoftDeleted", "Associated"});
    if (!traversal) {
        return tl::unexpected(traversal.error());
    }
    if (!is_element(first_element(context.request.operation_node), xmlns::messages, "ItemShape")) {
        return tl::unexpected(sequence_violation(context.request, context.request.operation_node, "ItemShape"));
    }
    const auto page = read_page(context, "IndexedPageItemView");
    if (!page) {
        return error_message("FindItem", page.error(), "");
    }
    return for_each_parent(
        context, "FindItem", [&](const OpenedFolder& folder) { return found_items(context, folder, *page); });
}

} // namespace mailpreflight::simulator
