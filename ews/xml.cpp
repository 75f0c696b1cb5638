#include "ews/xml.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

namespace mailpreflight::ews {

namespace {

/// Prefix and namespace, the inner declarations behind the outer ones.
using Scope = std::vector<std::pair<std::string_view, std::string_view>>;

const std::string_view* namespace_of(const Scope& scope, std::string_view prefix) {
    for (auto declared = scope.rbegin(); declared != scope.rend(); ++declared) {
        if (declared->first == prefix) {
            return &declared->second;
        }
    }
    return nullptr;
}

/// Splits "t:Folder" into prefix and local name.
std::pair<std::string_view, std::string_view> split_name(std::string_view name) {
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? std::pair(std::string_view(), name)
                                           : std::pair(name.substr(0, colon), name.substr(colon + 1));
}

class Reader {
public:
    explicit Reader(const XmlLimits& limits) :
        limits_(limits) {}

    base::Result<Element> read(const pugi::xml_node& node, int depth) {
        if (depth > limits_.depth) {
            return base::failure(base::ErrorCode::limit_exceeded, fmt::format("XML is deeper than {}", limits_.depth));
        }
        if (++elements_ > limits_.elements) {
            return base::failure(base::ErrorCode::limit_exceeded,
                                 fmt::format("XML has more than {} elements", limits_.elements));
        }
        const std::size_t outer = scope_.size();
        declare(node);
        if (scope_.size() > limits_.namespaces) {
            return base::failure(base::ErrorCode::limit_exceeded,
                                 fmt::format("XML has more than {} namespaces", limits_.namespaces));
        }
        attributes_ += static_cast<std::size_t>(std::distance(node.attributes_begin(), node.attributes_end()));
        if (attributes_ > limits_.attributes) {
            return base::failure(base::ErrorCode::limit_exceeded,
                                 fmt::format("XML has more than {} attributes", limits_.attributes));
        }
        Element element;
        const auto [prefix, local] = split_name(node.name());
        const std::string_view* const ns = namespace_of(scope_, prefix);
        if (ns == nullptr && !prefix.empty()) {
            return base::failure(base::ErrorCode::parse, "XML prefix without declaration", base::shorten(prefix, 60));
        }
        element.ns = ns == nullptr ? "" : *ns;
        element.name = local;
        read_attributes(node, element);
        std::string joined;
        std::string_view text; // of a single piece no copy is made: it may be megabytes
        for (const pugi::xml_node& child : node.children()) {
            if (child.type() == pugi::node_element) {
                auto inner = read(child, depth + 1);
                if (!inner) {
                    return inner;
                }
                element.children.push_back(std::move(*inner));
            } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
                if (text.empty()) {
                    text = child.value();
                } else {
                    if (joined.empty()) {
                        joined = text;
                    }
                    joined += child.value();
                    text = joined;
                }
            }
        }
        element.text = base::to_valid_utf8(base::trim(text));
        scope_.resize(outer);
        return element;
    }

private:
    /// The views are into the parsed document, which outlives the reader.
    void declare(const pugi::xml_node& node) {
        for (const pugi::xml_attribute& attribute : node.attributes()) {
            const std::string_view name = attribute.name();
            if (name == "xmlns") {
                scope_.emplace_back("", attribute.value());
            } else if (name.substr(0, 6) == "xmlns:") {
                scope_.emplace_back(name.substr(6), attribute.value());
            }
        }
    }

    static void read_attributes(const pugi::xml_node& node, Element& element) {
        for (const pugi::xml_attribute& attribute : node.attributes()) {
            const std::string_view name = attribute.name();
            if (name != "xmlns" && name.substr(0, 6) != "xmlns:") {
                element.attributes.emplace_back(split_name(name).second, base::to_valid_utf8(attribute.value()));
            }
        }
    }

    const XmlLimits& limits_;
    Scope scope_{{"xml", "http://www.w3.org/XML/1998/namespace"}};
    std::size_t elements_ = 0;
    std::size_t attributes_ = 0;
};

/// pugixml's parser does not recurse, but it makes nodes before anybody counts them: what cannot be within the limit is
/// refused before. Every element has at most two tags, every attribute one equals sign; texts and comments share the
/// rest.
base::Status check_before_parsing(std::string_view text, const XmlLimits& limits) {
    const auto has_more = [&](char mark, std::size_t than) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), mark)) > than;
    };
    if (has_more('<', 3 * limits.elements)) {
        return base::failure(base::ErrorCode::limit_exceeded,
                             fmt::format("XML has more than {} elements", limits.elements));
    }
    if (has_more('=', 3 * limits.attributes)) {
        return base::failure(base::ErrorCode::limit_exceeded,
                             fmt::format("XML has more than {} attributes", limits.attributes));
    }
    return {};
}

} // namespace

const Element* Element::child(std::string_view wanted_ns, std::string_view wanted_name) const {
    for (const Element& element : children) {
        if (element.name == wanted_name && element.ns == wanted_ns) {
            return &element;
        }
    }
    return nullptr;
}

const Element* Element::child_named(std::string_view wanted_name) const {
    for (const Element& element : children) {
        if (element.name == wanted_name) {
            return &element;
        }
    }
    return nullptr;
}

std::string_view Element::attribute(std::string_view wanted_name) const {
    for (const auto& [name_here, value] : attributes) {
        if (name_here == wanted_name) {
            return value;
        }
    }
    return {};
}

base::Result<Element> parse_xml(std::string_view text, const XmlLimits& limits) {
    if (auto bounded = check_before_parsing(text, limits); !bounded) {
        return base::failure(bounded.error());
    }
    pugi::xml_document document;
    // parse_doctype makes a DOCTYPE visible, so that it can be refused; without it pugixml skips it silently.
    const pugi::xml_parse_result parsed =
        document.load_buffer(text.data(),
                             text.size(),
                             pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single,
                             pugi::encoding_utf8);
    if (!parsed) {
        return base::failure(
            base::ErrorCode::parse, fmt::format("not well-formed XML at byte {}", parsed.offset), parsed.description());
    }
    int roots = 0;
    for (const pugi::xml_node& node : document.children()) {
        if (node.type() == pugi::node_doctype) {
            return base::failure(base::ErrorCode::parse, "XML with a DOCTYPE is refused");
        }
        roots += node.type() == pugi::node_element ? 1 : 0;
    }
    if (roots != 1) {
        return base::failure(base::ErrorCode::parse, fmt::format("XML with {} root elements", roots));
    }
    return Reader(limits).read(document.document_element(), 1);
}

std::string xml_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : base::to_valid_utf8(text)) {
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        case '\'':
            escaped += "&apos;";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

} // namespace mailpreflight::ews
