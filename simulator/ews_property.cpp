#include "simulator/ews_property.hpp"

#include "simulator/ews_context.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace mailpreflight::simulator {

namespace {

constexpr std::array<std::string_view, 12> expressions = {"And",
                                                          "Or",
                                                          "Not",
                                                          "Exists",
                                                          "Excludes",
                                                          "Contains",
                                                          "IsEqualTo",
                                                          "IsNotEqualTo",
                                                          "IsGreaterThan",
                                                          "IsGreaterThanOrEqualTo",
                                                          "IsLessThan",
                                                          "IsLessThanOrEqualTo"};

std::optional<std::int64_t> to_number(std::string_view text, int base = 10) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return number;
}

/** "0x0E08" or decimal. */
std::optional<std::int64_t> hex_or_decimal(std::string_view text) {
    return starts_with_ignoring_case(text, "0x") ? to_number(text.substr(2), 16) : to_number(text);
}

/** Less, equal or greater: as numbers where both are, else as text regardless of case, as the store compares it. */
std::strong_ordering compare(const std::string& left, std::string right) {
    if (left == "true" || left == "false") { // XML writes booleans in two ways
        right = right == "1" ? "true" : right == "0" ? "false" : right;
    }
    const auto left_number = to_number(left);
    const auto right_number = to_number(right);
    if (left_number && right_number) {
        return *left_number <=> *right_number;
    }
    return to_lower(left) <=> to_lower(right);
}

bool contains(pugi::xml_node expression, const std::string& value) {
    const bool exact = std::string_view(expression.attribute("ContainmentComparison").value()) == "Exact";
    const std::string mode = expression.attribute("ContainmentMode").value();
    std::string wanted = child_element(expression, xmlns::types, "Constant").attribute("Value").value();
    std::string held = value;
    if (!exact) {
        wanted = to_lower(wanted);
        held = to_lower(held);
    }
    if (mode == "FullString") {
        return held == wanted;
    }
    return mode.starts_with("Prefix") ? held.starts_with(wanted) : held.find(wanted) != std::string::npos;
}

bool holds(pugi::xml_node expression, const PropertyLookup& lookup);

bool all_hold(pugi::xml_node parent, const PropertyLookup& lookup) {
    for (pugi::xml_node part = first_element(parent); part; part = next_element(part)) {
        if (!holds(part, lookup)) {
            return false;
        }
    }
    return true;
}

bool any_holds(pugi::xml_node parent, const PropertyLookup& lookup) {
    for (pugi::xml_node part = first_element(parent); part; part = next_element(part)) {
        if (holds(part, lookup)) {
            return true;
        }
    }
    return false;
}

/** A property that is not there is neither equal nor different: every comparison with it is false. */
bool holds(pugi::xml_node expression, const PropertyLookup& lookup) {
    const std::string_view name = local_name(expression);
    if (name == "And") {
        return all_hold(expression, lookup);
    }
    if (name == "Or") {
        return any_holds(expression, lookup);
    }
    if (name == "Not") {
        return !all_hold(expression, lookup);
    }
    const auto value = lookup(read_property_path(first_element(expression)));
    if (name == "Exists") {
        return value.has_value();
    }
    if (!value) {
        return false;
    }
    if (name == "Contains") {
        return contains(expression, *value);
    }
    if (name == "Excludes") {
        const auto mask = hex_or_decimal(child_element(expression, xmlns::types, "Bitmask").attribute("Value").value());
        return (to_number(*value).value_or(0) & mask.value_or(0)) == 0;
    }
    const pugi::xml_node operand = first_element(child_element(expression, xmlns::types, "FieldURIOrConstant"));
    const auto other = local_name(operand) == "Constant"
                           ? std::optional<std::string>(operand.attribute("Value").value())
                           : lookup(read_property_path(operand));
    if (!other) {
        return false;
    }
    const auto order = compare(*value, *other);
    if (name == "IsEqualTo") {
        return order == 0;
    }
    if (name == "IsNotEqualTo") {
        return order != 0;
    }
    if (name == "IsGreaterThan") {
        return order > 0;
    }
    if (name == "IsGreaterThanOrEqualTo") {
        return order >= 0;
    }
    return name == "IsLessThan" ? order < 0 : order <= 0;
}

std::optional<EwsError> unknown_expression(const SoapRequest& request, pugi::xml_node parent) {
    for (pugi::xml_node part = first_element(parent); part; part = next_element(part)) {
        const std::string_view name = local_name(part);
        if (std::ranges::find(expressions, name) == expressions.end() || namespace_of(part) != xmlns::types) {
            return schema_violation(request,
                                    part,
                                    fmt::format("The element '{}' has invalid child element '{}' in namespace '{}'.",
                                                local_name(parent),
                                                name,
                                                namespace_of(part)));
        }
        if (name == "And" || name == "Or" || name == "Not") {
            if (auto inner = unknown_expression(request, part)) {
                return inner;
            }
        }
    }
    return std::nullopt;
}

pugi::xml_node restriction_of(const SoapRequest& request) {
    return child_element(request.operation_node, xmlns::messages, "Restriction");
}

} // namespace

PropertyPath read_property_path(pugi::xml_node path) {
    PropertyPath result;
    if (local_name(path) == "FieldURI") {
        result.field = path.attribute("FieldURI").value();
    } else if (local_name(path) == "ExtendedFieldURI") {
        const auto tag = hex_or_decimal(path.attribute("PropertyTag").value());
        if (tag && *tag > 0 && *tag <= 0xFFFF) {
            result.tag = static_cast<std::uint32_t>(*tag);
            result.type = path.attribute("PropertyType").value();
        }
    }
    return result;
}

std::string render_extended(const std::vector<PropertyPath>& wanted, const PropertyLookup& lookup) {
    std::string content;
    for (const PropertyPath& path : wanted) {
        if (const auto value = lookup(path)) {
            content += fmt::format(R"(<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x{:x}" PropertyType="{}"/>)"
                                   "<t:Value>{}</t:Value></t:ExtendedProperty>",
                                   path.tag,
                                   path.type,
                                   xml_escape(*value));
        }
    }
    return content;
}

std::optional<EwsError> check_restriction(const SoapRequest& request) {
    return unknown_expression(request, restriction_of(request));
}

bool is_admitted(const SoapRequest& request, const PropertyLookup& lookup) {
    return all_hold(restriction_of(request), lookup);
}

} // namespace mailpreflight::simulator
