#include "simulator/json_reader.hpp"

#include <algorithm>

namespace mailpreflight::simulator {

JsonObject::JsonObject(const Json& value, std::string what) :
    value_(value),
    what_(std::move(what)) {
    if (!value.is_object()) {
        throw std::runtime_error(what_ + " must be an object");
    }
}

void JsonObject::fail(const std::string& key, const char* expected) const {
    throw std::runtime_error(what_ + "." + key + " must be " + expected);
}

const Json* JsonObject::find(const std::string& key) {
    asked_.push_back(key);
    const auto& object = value_.as_object();
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &found->second;
}

void JsonObject::read(const std::string& key, std::string& target) {
    if (const Json* found = find(key)) {
        if (!found->is_string()) {
            fail(key, "a string");
        }
        target = found->as_string();
    }
}

void JsonObject::read(const std::string& key, bool& target) {
    if (const Json* found = find(key)) {
        if (!found->is_boolean()) {
            fail(key, "true or false");
        }
        target = found->as_bool();
    }
}

void JsonObject::read(const std::string& key, std::int64_t& target) {
    if (const Json* found = find(key)) {
        if (!found->is_integer()) {
            fail(key, "a whole number");
        }
        target = found->as_number().to_int64();
    }
}

void JsonObject::read(const std::string& key, int& target) {
    std::int64_t number = target;
    read(key, number);
    target = static_cast<int>(number);
}

void JsonObject::read(const std::string& key, std::chrono::seconds& target) {
    std::int64_t number = target.count();
    read(key, number);
    target = std::chrono::seconds(number);
}

void JsonObject::read(const std::string& key, std::vector<std::string>& target) {
    if (find(key) != nullptr) {
        target.clear();
        each(key, [&](const Json& entry) {
            if (!entry.is_string()) {
                fail(key, "a list of strings");
            }
            target.push_back(entry.as_string());
        });
    }
}

std::optional<bool> JsonObject::read_bool(const std::string& key) {
    bool value = false;
    if (find(key) == nullptr) {
        return std::nullopt;
    }
    read(key, value);
    return value;
}

void JsonObject::each(const std::string& key, const std::function<void(const Json&)>& visit) {
    if (const Json* found = find(key)) {
        if (!found->is_array()) {
            fail(key, "a list");
        }
        for (const Json& entry : found->as_array()) {
            visit(entry);
        }
    }
}

void JsonObject::finish() const {
    for (const auto& [key, entry] : value_.as_object()) {
        if (std::ranges::find(asked_, key) == asked_.end()) {
            throw std::runtime_error(what_ + " has an unknown key \"" + key + '"');
        }
    }
}

Json parse_json(std::string_view text) {
    try {
        return Json::parse(std::string(text));
    } catch (const web::json::json_exception& failure) {
        throw std::runtime_error(std::string("not JSON: ") + failure.what());
    }
}

Json to_json(const std::vector<std::string>& list) {
    Json array = Json::array();
    for (const std::string& entry : list) {
        array[array.size()] = Json::string(entry);
    }
    return array;
}

} // namespace mailpreflight::simulator
