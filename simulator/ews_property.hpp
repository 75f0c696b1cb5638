#pragma once

#include "simulator/ews_service.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/** Properties by their paths, and what a Restriction says of them. Internal to the library. */
namespace mailpreflight::simulator {

/** A FieldURI, or an ExtendedFieldURI with a PropertyTag; a named property has neither, and nothing here holds one. */
struct PropertyPath {
    std::string field;     ///< "folder:DisplayName"
    std::uint32_t tag = 0; ///< 0x3001
    std::string type;      ///< "String"
};
PropertyPath read_property_path(pugi::xml_node path);

/** One property of one folder or item as text, booleans as true and false; nothing if it does not hold it. */
using PropertyLookup = std::function<std::optional<std::string>(const PropertyPath&)>;

/** The ExtendedProperty elements for what was asked and is held, echoing the tag as servers do. */
std::string render_extended(const std::vector<PropertyPath>& wanted, const PropertyLookup& lookup);

/** Of the Restriction, if the request has one: a search expression that the schema does not know. */
std::optional<EwsError> check_restriction(const SoapRequest& request);
/** Whether the Restriction of the request admits what the lookup tells of; true without one. */
bool is_admitted(const SoapRequest& request, const PropertyLookup& lookup);

} // namespace mailpreflight::simulator
