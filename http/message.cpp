#include "http/message.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::http {

void Headers::add(std::string name, std::string value) {
    fields_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string_view name, std::string value) {
    std::erase_if(fields_, [&](const Field& field) { return base::equals_ignoring_case(field.name, name); });
    add(std::string(name), std::move(value));
}

void Headers::wipe(std::string_view name) {
    for (Field& field : fields_) {
        if (base::equals_ignoring_case(field.name, name)) {
            base::wipe(field.value);
        }
    }
    std::erase_if(fields_, [&](const Field& field) { return base::equals_ignoring_case(field.name, name); });
}

std::string_view Headers::first(std::string_view name) const {
    for (const Field& field : fields_) {
        if (base::equals_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return {};
}

bool Headers::has(std::string_view name) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) {
        return base::equals_ignoring_case(field.name, name);
    });
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Field& field : fields_) {
        if (base::equals_ignoring_case(field.name, name)) {
            values.emplace_back(field.value);
        }
    }
    return values;
}

} // namespace mailpreflight::http
