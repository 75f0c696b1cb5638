#pragma once

#include <pugixml.hpp>

#include <string_view>

/** Namespaces for pugixml, which knows none: clients choose their prefixes freely. Internal to the library. */
namespace mailpreflight::simulator {

namespace xmlns {
inline constexpr std::string_view soap = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view messages = "http://schemas.microsoft.com/exchange/services/2006/messages";
inline constexpr std::string_view types = "http://schemas.microsoft.com/exchange/services/2006/types";
inline constexpr std::string_view errors = "http://schemas.microsoft.com/exchange/services/2006/errors";
} // namespace xmlns

std::string_view local_name(pugi::xml_node node);
/** Resolves the prefix of the element; empty if it is not declared. */
std::string_view namespace_of(pugi::xml_node node);
bool is_element(pugi::xml_node node, std::string_view uri, std::string_view local);
/** The first child element of this name; null if there is none. */
pugi::xml_node child_element(pugi::xml_node parent, std::string_view uri, std::string_view local);
/** The first child that is an element. */
pugi::xml_node first_element(pugi::xml_node parent);
/** The next sibling that is an element. */
pugi::xml_node next_element(pugi::xml_node node);

} // namespace mailpreflight::simulator
