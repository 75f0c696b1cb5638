#pragma once

#include "base/clock.hpp"
#include "json/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::json {

/// Builds an object, member by member, in the order of the calls. The caller gives each name once.
class Writer {
public:
    Writer& add(std::string_view name, Value value);
    Writer& add(std::string_view name, std::string_view text);
    Writer& add(std::string_view name, const char* text) {
        return add(name, std::string_view(text));
    }
    Writer& add(std::string_view name, const std::string& text) {
        return add(name, std::string_view(text));
    }
    Writer& add(std::string_view name, bool flag);
    Writer& add(std::string_view name, int number);
    Writer& add(std::string_view name, std::uint64_t number);
    Writer& add(std::string_view name, base::SystemTime time);
    Writer& add(std::string_view name, const std::optional<base::SystemTime>& time); ///< left out when empty
    Writer& add(std::string_view name, const std::map<std::string, std::string>& texts);
    Writer& add(std::string_view name, const std::vector<std::string>& texts);
    /// Left out when empty.
    Writer& add_unless_empty(std::string_view name, std::string_view text);

    /// The object; the writer is empty afterwards.
    Value take();

private:
    std::vector<std::pair<std::string, Value>> members_;
};

/// The array of what to_json() makes of each element.
template <typename List>
Value array_of(const List& list) {
    std::vector<Value> elements;
    for (const auto& element : list) {
        elements.push_back(to_json(element));
    }
    return Value::array(std::move(elements));
}

} // namespace mailpreflight::json
