#pragma once

#include "api/words.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/observation.hpp"
#include "core/readiness.hpp"
#include "json/codec.hpp"
#include "json/time.hpp"
#include "json/value.hpp"

#include <charconv>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The JSON of the API's structs. A struct lists its fields once, in `static void describe(auto& self, auto&& field)`;
// both directions follow from that. Missing equals null equals the field's default; empty text and empty optionals
// are left out.

namespace mailpreflight::api {

namespace detail {

struct AnyField {
    template <typename T>
    void operator()(std::string_view, T&) const {}
};

template <typename T>
struct is_optional : std::false_type {};
template <typename T>
struct is_optional<std::optional<T>> : std::true_type {};

template <typename T>
struct is_vector : std::false_type {};
template <typename T>
struct is_vector<std::vector<T>> : std::true_type {};

} // namespace detail

template <typename T>
concept Described = requires(T& value) {
    T::describe(value, detail::AnyField{});
};

/// A struct or value of json/codec.hpp.
template <typename T>
concept CoreValue =
    std::same_as<T, core::Observation> || std::same_as<T, core::Readiness> || std::same_as<T, core::TrackKey>;

template <typename T>
json::Value encode(const T& value);

namespace detail {

/// Is there nothing to say? Lists are always said, so that scripts can walk them; so are `false` and 0.
template <typename T>
bool is_empty(const T& value) {
    if constexpr (is_optional<T>::value) {
        return !value.has_value();
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::map<std::string, std::string>>) {
        return value.empty();
    } else {
        return false;
    }
}

} // namespace detail

/// Adds the fields of `value` to a JSON object.
template <Described T>
void encode_into(json::Value& object, const T& value) {
    T::describe(value, [&](std::string_view name, const auto& field) {
        if (!detail::is_empty(field)) {
            object[std::string(name)] = encode(field);
        }
    });
}

template <typename T>
json::Value encode(const T& value) {
    if constexpr (std::same_as<T, bool>) {
        return json::Value::boolean(value);
    } else if constexpr (std::same_as<T, std::string>) {
        return json::Value::string(value);
    } else if constexpr (std::unsigned_integral<T>) {
        return json::Value::number(std::uint64_t{value});
    } else if constexpr (std::integral<T>) {
        return json::Value::number(std::int64_t{value});
    } else if constexpr (std::same_as<T, base::SystemTime>) {
        return json::Value::string(json::exact_rfc3339(value));
    } else if constexpr (std::same_as<T, base::Duration>) {
        return json::Value::string(base::to_text(value));
    } else if constexpr (std::is_enum_v<T>) {
        return json::Value::string(std::string(Words<T>::to_word(value)));
    } else if constexpr (detail::is_optional<T>::value) {
        return value ? encode(*value) : json::Value::null();
    } else if constexpr (detail::is_vector<T>::value) {
        json::Value array = json::Value::array(value.size());
        for (std::size_t i = 0; i < value.size(); ++i) {
            array[i] = encode(value[i]);
        }
        return array;
    } else if constexpr (std::same_as<T, std::map<std::string, std::string>>) {
        json::Value object = json::Value::object(true);
        for (const auto& [name, text] : value) {
            object[name] = json::Value::string(text);
        }
        return object;
    } else if constexpr (CoreValue<T>) {
        return json::to_json(value);
    } else {
        static_assert(Described<T>);
        json::Value object = json::Value::object(true);
        encode_into(object, value);
        return object;
    }
}

/// How to read: what the server receives must be known to the last field; what the client receives may be newer.
struct DecodeRules {
    bool unknown_fields_are_errors = false;
    bool text_for_numbers = false; ///< "100" and "true", as in a query
};

template <typename T>
base::Status decode_to(T& into, const json::Value& value, const std::string& path, DecodeRules rules);

namespace detail {

base::Status wrong(const std::string& path, std::string_view expected);
base::Status decode_bool(bool& into, const json::Value& value, const std::string& path, DecodeRules rules);
base::Status decode_text(std::string& into, const json::Value& value, const std::string& path);
base::Status decode_signed(std::int64_t& into, const json::Value& value, const std::string& path, DecodeRules rules);
base::Status decode_unsigned(std::uint64_t& into, const json::Value& value, const std::string& path, DecodeRules rules);
base::Status decode_time(base::SystemTime& into, const json::Value& value, const std::string& path);
base::Status decode_duration(base::Duration& into, const json::Value& value, const std::string& path);
base::Status decode_texts(std::map<std::string, std::string>& into, const json::Value& value, const std::string& path);
/// The first field of the object that is not among `known`, if any.
std::optional<std::string> unknown_field(const json::Value& object, const std::vector<std::string_view>& known);

template <typename T>
base::Status decode_vector(std::vector<T>& into, const json::Value& value, const std::string& path, DecodeRules rules) {
    if (!value.is_array()) {
        return wrong(path, "a list");
    }
    into.clear();
    into.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        T item{};
        if (auto status = decode_to(item, value.at(i), path + "[" + std::to_string(i) + "]", rules); !status) {
            return status;
        }
        into.push_back(std::move(item));
    }
    return {};
}

template <typename T>
base::Status decode_described(T& into, const json::Value& value, const std::string& path, DecodeRules rules) {
    if (!value.is_object()) {
        return wrong(path, "an object");
    }
    base::Status status;
    std::vector<std::string_view> known;
    T::describe(into, [&](std::string_view name, auto& field) {
        known.push_back(name);
        const std::string key(name);
        if (status && value.has_field(key) && !value.at(key).is_null()) {
            status = decode_to(field, value.at(key), path.empty() ? key : path + "." + key, rules);
        }
    });
    if (status && rules.unknown_fields_are_errors) {
        if (const auto unknown = unknown_field(value, known)) {
            return base::failure(base::ErrorCode::parse, "no such field", *unknown);
        }
    }
    return status;
}

} // namespace detail

template <typename T>
base::Status decode_to(T& into, const json::Value& value, const std::string& path, DecodeRules rules) {
    if constexpr (std::same_as<T, bool>) {
        return detail::decode_bool(into, value, path, rules);
    } else if constexpr (std::same_as<T, std::string>) {
        return detail::decode_text(into, value, path);
    } else if constexpr (std::integral<T>) {
        using Wide = std::conditional_t<std::unsigned_integral<T>, std::uint64_t, std::int64_t>;
        Wide wide = 0;
        base::Status status;
        if constexpr (std::unsigned_integral<T>) {
            status = detail::decode_unsigned(wide, value, path, rules);
        } else {
            status = detail::decode_signed(wide, value, path, rules);
        }
        if (status && !std::in_range<T>(wide)) {
            return detail::wrong(path, "a smaller number");
        }
        into = static_cast<T>(wide);
        return status;
    } else if constexpr (std::same_as<T, base::SystemTime>) {
        return detail::decode_time(into, value, path);
    } else if constexpr (std::same_as<T, base::Duration>) {
        return detail::decode_duration(into, value, path);
    } else if constexpr (std::is_enum_v<T>) {
        std::string word;
        if (auto status = detail::decode_text(word, value, path); !status) {
            return status;
        }
        const auto known = Words<T>::from_word(word);
        if (!known) {
            return detail::wrong(path, "a known word instead of '" + word + "'");
        }
        into = *known;
        return {};
    } else if constexpr (detail::is_optional<T>::value) {
        typename T::value_type inner{};
        auto status = decode_to(inner, value, path, rules);
        if (status) {
            into = std::move(inner);
        }
        return status;
    } else if constexpr (detail::is_vector<T>::value) {
        return detail::decode_vector(into, value, path, rules);
    } else if constexpr (std::same_as<T, std::map<std::string, std::string>>) {
        return detail::decode_texts(into, value, path);
    } else if constexpr (CoreValue<T>) {
        auto decoded = json::from_json<T>(value);
        if (!decoded) {
            return base::failure(decoded.error().wrap("cannot read", path));
        }
        into = std::move(*decoded);
        return {};
    } else {
        static_assert(Described<T>);
        return detail::decode_described(into, value, path, rules);
    }
}

template <typename T>
base::Result<T> decode(const json::Value& value, DecodeRules rules = {}) {
    T decoded{};
    if (auto status = decode_to(decoded, value, {}, rules); !status) {
        return base::failure(status.error());
    }
    return decoded;
}

/// The JSON text of a struct, one line.
template <typename T>
std::string to_text(const T& value) {
    return json::write(encode(value));
}

/// A struct from JSON text.
template <typename T>
base::Result<T> from_text(std::string_view text, DecodeRules rules = {}, json::Limits limits = {}) {
    return json::parse(text, limits).and_then([&](const json::Value& value) { return decode<T>(value, rules); });
}

} // namespace mailpreflight::api
