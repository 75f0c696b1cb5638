#include "ews/logon_label.hpp"

#include "base/text.hpp"

#include <gumbo.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace mailpreflight::ews {

namespace {

// As for forms (ews/owa_page.cpp): what no logon page needs is not parsed.
constexpr std::size_t longest_page = 256 * 1024;
constexpr auto most_tags = 4000;
constexpr std::size_t longest_label = 100;

struct Destroy {
    void operator()(GumboOutput* output) const {
        ::gumbo_destroy_output(&kGumboDefaultOptions, output);
    }
};

std::string attribute(const GumboElement& element, const char* name) {
    const GumboAttribute* const found = ::gumbo_get_attribute(&element.attributes, name);
    return found == nullptr ? "" : base::to_valid_utf8(found->value);
}

/// The text directly inside an element.
std::string text_of(const GumboElement& element) {
    std::string text;
    for (unsigned int i = 0; i < element.children.length; ++i) {
        const auto* const child = static_cast<const GumboNode*>(element.children.data[i]);
        if (child->type == GUMBO_NODE_TEXT) {
            text += child->v.text.text;
        }
    }
    return base::shorten(std::string(base::trim(base::to_valid_utf8(text))), longest_label);
}

} // namespace

std::string logon_label(std::string_view html) {
    if (html.size() > longest_page || std::count(html.begin(), html.end(), '<') > most_tags) {
        return {};
    }
    const std::string page(html);
    const std::unique_ptr<GumboOutput, Destroy> output(
        ::gumbo_parse_with_options(&kGumboDefaultOptions, page.c_str(), page.size()));
    std::string label;
    std::string placeholder;
    std::vector<const GumboNode*> open{output->root};
    while (!open.empty()) {
        const GumboNode* const node = open.back();
        open.pop_back();
        if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) {
            continue;
        }
        const GumboElement& element = node->v.element;
        if (label.empty() && (attribute(element, "for") == "username" || attribute(element, "id") == "userNameLabel")) {
            label = text_of(element);
        }
        if (element.tag == GUMBO_TAG_INPUT && attribute(element, "name") == "username") {
            placeholder = base::shorten(attribute(element, "placeholder"), longest_label);
        }
        for (unsigned int i = element.children.length; i > 0; --i) {
            open.push_back(static_cast<const GumboNode*>(element.children.data[i - 1]));
        }
    }
    return label.empty() ? placeholder : label;
}

} // namespace mailpreflight::ews
