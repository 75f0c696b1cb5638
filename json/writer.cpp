#include "json/writer.hpp"

#include "json/time.hpp"

#include <utility>

namespace mailpreflight::json {

Writer& Writer::add(std::string_view name, Value value) {
    members_.emplace_back(std::string(name), std::move(value));
    return *this;
}

Writer& Writer::add(std::string_view name, std::string_view text) {
    return add(name, Value::string(std::string(text)));
}

Writer& Writer::add(std::string_view name, bool flag) {
    return add(name, Value::boolean(flag));
}

Writer& Writer::add(std::string_view name, int number) {
    return add(name, Value::number(number));
}

Writer& Writer::add(std::string_view name, std::uint64_t number) {
    return add(name, Value::number(number));
}

Writer& Writer::add(std::string_view name, base::SystemTime time) {
    return add(name, exact_rfc3339(time));
}

Writer& Writer::add(std::string_view name, const std::optional<base::SystemTime>& time) {
    return time ? add(name, *time) : *this;
}

Writer& Writer::add(std::string_view name, const std::map<std::string, std::string>& texts) {
    Writer inner;
    for (const auto& [key, text] : texts) {
        inner.add(key, text);
    }
    return add(name, inner.take());
}

Writer& Writer::add(std::string_view name, const std::vector<std::string>& texts) {
    std::vector<Value> elements;
    for (const std::string& text : texts) {
        elements.push_back(Value::string(text));
    }
    return add(name, Value::array(std::move(elements)));
}

Writer& Writer::add_unless_empty(std::string_view name, std::string_view text) {
    return text.empty() ? *this : add(name, text);
}

Value Writer::take() {
    return Value::object(std::exchange(members_, {}), true);
}

} // namespace mailpreflight::json
