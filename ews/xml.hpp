#pragma once

#include "base/result.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::ews {

/// The namespaces of ews.md 1.2. Servers choose prefixes freely: match {namespace, local name} only.
inline constexpr std::string_view soap_ns = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view messages_ns = "http://schemas.microsoft.com/exchange/services/2006/messages";
inline constexpr std::string_view types_ns = "http://schemas.microsoft.com/exchange/services/2006/types";
inline constexpr std::string_view errors_ns = "http://schemas.microsoft.com/exchange/services/2006/errors";

/// An element with its names resolved; copied out of the parser's tree, so it owns what it holds.
struct Element {
    std::string ns;
    std::string name;
    std::string text;                                            ///< its character data, trimmed
    std::vector<std::pair<std::string, std::string>> attributes; ///< local name, value; namespace declarations left out
    std::vector<Element> children;

    /// The first child of that name in that namespace, or null.
    [[nodiscard]] const Element* child(std::string_view wanted_ns, std::string_view wanted_name) const;
    /// The first child of that local name in whatever namespace: where servers differ (ews.md 1.7).
    [[nodiscard]] const Element* child_named(std::string_view wanted_name) const;
    [[nodiscard]] std::string_view attribute(std::string_view wanted_name) const; ///< empty when absent
};

/// Limits of a document beside its size, which http/ bounds.
struct XmlLimits {
    int depth = 64;
    std::size_t elements = 5'000;
    std::size_t attributes = 5'000; ///< of all elements together
    std::size_t namespaces = 256;   ///< declarations in force at one place
};

/// Parses a UTF-8 document. Refused: a DOCTYPE, too deep, too many elements, attributes
/// or namespaces, an element's prefix without
/// declaration, more than one root, not well-formed. Characters that XML forbids become blanks (ews.md 3.7).
base::Result<Element> parse_xml(std::string_view text, const XmlLimits& limits = {});

/// Text made safe for element content and attribute values; characters that XML 1.0 forbids become U+FFFD.
std::string xml_escaped(std::string_view text);

} // namespace mailpreflight::ews
