#include "simulator/xml_names.hpp"

#include <string>

namespace mailpreflight::simulator {

std::string_view local_name(pugi::xml_node node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view namespace_of(pugi::xml_node node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    const std::string declaration =
        colon == std::string_view::npos ? std::string("xmlns") : "xmlns:" + std::string(name.substr(0, colon));
    for (pugi::xml_node scope = node; scope; scope = scope.parent()) {
        if (const pugi::xml_attribute found = scope.attribute(declaration.c_str())) {
            return found.value();
        }
    }
    return {};
}

bool is_element(pugi::xml_node node, std::string_view uri, std::string_view local) {
    return node.type() == pugi::node_element && local_name(node) == local && namespace_of(node) == uri;
}

pugi::xml_node child_element(pugi::xml_node parent, std::string_view uri, std::string_view local) {
    for (const pugi::xml_node child : parent.children()) {
        if (is_element(child, uri, local)) {
            return child;
        }
    }
    return {};
}

pugi::xml_node first_element(pugi::xml_node parent) {
    for (const pugi::xml_node child : parent.children()) {
        if (child.type() == pugi::node_element) {
            return child;
        }
    }
    return {};
}

pugi::xml_node next_element(pugi::xml_node node) {
    do {
        node = node.next_sibling();
    } while (node && node.type() != pugi::node_element);
    return node;
}

} // namespace mailpreflight::simulator
