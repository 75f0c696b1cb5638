#include "simulator/ews_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

/** FindFolder and FindItem: to walk a tree, to count, to page. */
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

/** The page of a view of so many entries, each rendered by its place in the view. */
template <typename Render>
OperationResult render_page(const Page& page, std::string_view list, int total, Render render) {
    std::string content;
    const int end = std::min(total - std::min(page.offset, total), page.limit) + page.offset;
    for (int at = page.offset; at < end; ++at) {
        const OperationResult entry = render(at);
        if (!entry) {
            return entry;
        }
        content += *entry;
    }
    return fmt::format(
        R"(<m:RootFolder {0}TotalItemsInView="{1}" IncludesLastItemInRange="{2}"><t:{3}>{4}</t:{3}></m:RootFolder>)",
        page.asked ? fmt::format(R"(IndexedPagingOffset="{}" )", end) : std::string(),
        total,
        end >= total,
        list,
        content);
}

/** Which items of a folder are in the view, and in which order. */
class ItemView {
public:
    ItemView(const SoapRequest& request, const Folder& folder) {
        const pugi::xml_node node = request.operation_node;
        // No folder has deleted or hidden items.
        total_ = std::string_view(node.attribute("Traversal").value()) == "Shallow" ? folder.items : 0;
        if (child_element(node, xmlns::messages, "Restriction")) {
            for (std::int32_t number = 0; number < total_; ++number) {
                if (is_admitted(request,
                                [&](const PropertyPath& path) { return item_property(folder, number, path); })) {
                    admitted_.push_back(number);
                }
            }
            total_ = static_cast<std::int32_t>(admitted_.size());
        }
        // All that one can sort by grows with the number or is the same for all.
        const pugi::xml_node order = first_element(child_element(node, xmlns::messages, "SortOrder"));
        newest_first_ = std::string_view(order.attribute("Order").value()) == "Descending";
    }

    std::int32_t total() const {
        return total_;
    }

    std::int32_t number_at(std::int32_t place) const {
        const std::int32_t from_oldest = newest_first_ ? total_ - 1 - place : place;
        return admitted_.empty() ? from_oldest : admitted_[static_cast<std::size_t>(from_oldest)];
    }

private:
    std::vector<std::int32_t> admitted_; ///< empty: all of them, without a Restriction
    std::int32_t total_ = 0;
    bool newest_first_ = false;
};

/** The attribute Traversal, if it is one of these. */
tl::expected<std::string, EwsError>
read_traversal(const EwsContext& context, std::initializer_list<std::string_view> allowed, std::string_view type) {
    const pugi::xml_node node = context.request.operation_node;
    std::string traversal = node.attribute("Traversal").value();
    if (traversal.empty()) {
        return tl::unexpected(
            schema_violation(context.request, node, "The required attribute 'Traversal' is missing."));
    }
    if (std::ranges::find(allowed, traversal) == allowed.end()) {
        return tl::unexpected(enumeration_violation(context.request, node, "Traversal", traversal, type));
    }
    return traversal;
}

/** Views and groups that an Exchange server knows and this one does not. */
bool is_unanswered(pugi::xml_node child) {
    constexpr std::array<std::string_view, 8> names = {"FractionalPageFolderView",
                                                       "FractionalPageItemView",
                                                       "SeekToConditionPageItemView",
                                                       "CalendarView",
                                                       "ContactsView",
                                                       "GroupBy",
                                                       "DistinguishedGroupBy",
                                                       "QueryString"};
    return std::ranges::find(names, local_name(child)) != names.end() ||
           std::string_view(child.attribute("BasePoint").value()) == "End";
}

/** What is wrong with the children of a request: the shape comes first, and folders there must be. */
std::optional<EwsError> check_request(const SoapRequest& request, std::initializer_list<std::string_view> order) {
    const pugi::xml_node node = request.operation_node;
    if (!is_element(first_element(node), xmlns::messages, *order.begin())) {
        return sequence_violation(request, node, *order.begin());
    }
    if (!first_element(child_element(node, xmlns::messages, "ParentFolderIds"))) {
        return sequence_violation(request, node, "ParentFolderIds");
    }
    if (std::ranges::any_of(node.children(), is_unanswered)) {
        return make_error("ErrorInvalidRequest");
    }
    const auto violation = check_children(request, order);
    return violation ? violation : check_restriction(request);
}

pugi::xml_node parents_of(const EwsContext& context) {
    return child_element(context.request.operation_node, xmlns::messages, "ParentFolderIds");
}

} // namespace

OperationResult find_folder(const EwsContext& context) {
    const auto traversal = read_traversal(context, {"Shallow", "Deep", "SoftDeleted"}, "FolderQueryTraversalType");
    if (!traversal) {
        return tl::unexpected(traversal.error());
    }
    if (const auto violation = check_request(
            context.request, {"FolderShape", "IndexedPageFolderView", "Restriction", "ParentFolderIds"})) {
        return tl::unexpected(*violation);
    }
    const auto shape = read_folder_shape(context, first_element(context.request.operation_node));
    if (!shape) {
        return tl::unexpected(shape.error());
    }
    const auto page = read_page(context, "IndexedPageFolderView");
    return for_each_folder(context, parents_of(context), "", [&](const OpenedFolder& parent) -> OperationResult {
        if (!page) {
            return tl::unexpected(page.error());
        }
        std::vector<OpenedFolder> found;
        if (*traversal != "SoftDeleted") {
            found = folders_below(context, parent, *traversal == "Deep");
        }
        std::erase_if(found, [&](const OpenedFolder& folder) {
            return !is_admitted(context.request,
                                [&](const PropertyPath& path) { return folder_property(folder, path); });
        });
        return render_page(*page, "Folders", static_cast<int>(found.size()), [&](int at) {
            return render_folder(context, found[static_cast<std::size_t>(at)], *shape);
        });
    });
}

OperationResult find_item(const EwsContext& context) {
    const auto traversal = read_traversal(context, {"Shallow", "SoftDeleted", "Associated"}, "ItemQueryTraversalType");
    if (!traversal) {
        return tl::unexpected(traversal.error());
    }
    if (const auto violation = check_request(
            context.request, {"ItemShape", "IndexedPageItemView", "Restriction", "SortOrder", "ParentFolderIds"})) {
        return tl::unexpected(*violation);
    }
    const auto shape = read_item_shape(context, first_element(context.request.operation_node));
    if (!shape) {
        return tl::unexpected(shape.error());
    }
    const auto page = read_page(context, "IndexedPageItemView");
    return for_each_folder(context, parents_of(context), "", [&](const OpenedFolder& folder) -> OperationResult {
        if (!page) {
            return tl::unexpected(page.error());
        }
        const ItemView view(context.request, *folder.folder);
        return render_page(*page, "Items", view.total(), [&](int at) {
            return OperationResult(render_item(folder, view.number_at(at), *shape));
        });
    });
}

} // namespace mailpreflight::simulator
