#include "api/codec.hpp"

#include <algorithm>

namespace mailpreflight::api::detail {

base::Status wrong(const std::string& path, std::string_view expected) {
    return base::failure(base::ErrorCode::parse, "expected " + std::string(expected), path);
}

base::Status decode_bool(bool& into, const json::Value& value, const std::string& path, DecodeRules rules) {
    if (value.is_boolean()) {
        into = value.as_bool();
        return {};
    }
    if (rules.text_for_numbers && value.is_string()) {
        const std::string text = value.as_string();
        if (text == "true" || text == "1" || text == "false" || text == "0") {
            into = text == "true" || text == "1";
            return {};
        }
    }
    return wrong(path, "true or false");
}

base::Status decode_text(std::string& into, const json::Value& value, const std::string& path) {
    if (!value.is_string()) {
        return wrong(path, "text");
    }
    into = value.as_string();
    return {};
}

namespace {

template <typename Number>
base::Status number_from_text(Number& into, const std::string& text, const std::string& path) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return wrong(path, "a whole number");
    }
    return {};
}

} // namespace

base::Status decode_signed(std::int64_t& into, const json::Value& value, const std::string& path, DecodeRules rules) {
    if (value.is_integer() && value.as_number().is_int64()) {
        into = value.as_number().to_int64();
        return {};
    }
    if (rules.text_for_numbers && value.is_string()) {
        return number_from_text(into, value.as_string(), path);
    }
    return wrong(path, "a whole number");
}

base::Status
decode_unsigned(std::uint64_t& into, const json::Value& value, const std::string& path, DecodeRules rules) {
    if (value.is_integer() && value.as_number().is_uint64()) {
        into = value.as_number().to_uint64();
        return {};
    }
    if (rules.text_for_numbers && value.is_string()) {
        return number_from_text(into, value.as_string(), path);
    }
    return wrong(path, "a whole number, not negative");
}

base::Status decode_time(base::SystemTime& into, const json::Value& value, const std::string& path) {
    auto parsed = value.is_string() ? base::parse_rfc3339(value.as_string())
                                    : base::Result<base::SystemTime>(base::failure(base::ErrorCode::parse, "not text"));
    if (!parsed) {
        return wrong(path, "a time like 2026-12-05T22:00:00Z");
    }
    into = *parsed;
    return {};
}

base::Status decode_duration(base::Duration& into, const json::Value& value, const std::string& path) {
    auto parsed = value.is_string() ? base::parse_duration(value.as_string())
                                    : base::Result<base::Duration>(base::failure(base::ErrorCode::parse, "not text"));
    if (!parsed) {
        return wrong(path, "a duration like 15m");
    }
    into = *parsed;
    return {};
}

base::Status decode_texts(std::map<std::string, std::string>& into, const json::Value& value, const std::string& path) {
    if (!value.is_object()) {
        return wrong(path, "an object");
    }
    into.clear();
    for (const auto& [name, member] : value.as_object()) {
        if (!member.is_string()) {
            return wrong(path + "." + name, "text");
        }
        into.emplace(name, member.as_string());
    }
    return {};
}

std::optional<std::string> unknown_field(const json::Value& object, const std::vector<std::string_view>& known) {
    for (const auto& [name, member] : object.as_object()) {
        if (std::find(known.begin(), known.end(), std::string_view(name)) == known.end()) {
            return name;
        }
    }
    return std::nullopt;
}

} // namespace mailpreflight::api::detail
