#include "base/text.hpp"
#include "json/value.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <stdexcept>

namespace mailpreflight::json {

namespace {

void write_plain(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += c;
        }
    }
    out += '"';
}

bool is_plain_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

void write_string(std::string& out, std::string_view text) {
    if (is_plain_ascii(text)) {
        write_plain(out, text);
    } else {
        write_plain(out, base::to_valid_utf8(text));
    }
}

void write_number(std::string& out, const web::json::number& number) {
    if (number.is_int64()) {
        fmt::format_to(std::back_inserter(out), "{}", number.to_int64());
    } else if (number.is_uint64()) {
        fmt::format_to(std::back_inserter(out), "{}", number.to_uint64());
    } else if (std::isfinite(number.to_double())) {
        fmt::format_to(std::back_inserter(out), "{}", number.to_double());
    } else {
        out += "null";
    }
}

void write_value(std::string& out, const Value& value) {
    switch (value.type()) {
    case Value::Number:
        return write_number(out, value.as_number());
    case Value::Boolean:
        out += value.as_bool() ? "true" : "false";
        return;
    case Value::String:
        return write_string(out, value.as_string());
    case Value::Null:
        out += "null";
        return;
    case Value::Object: {
        char separator = '{';
        for (const auto& [name, member] : value.as_object()) {
            out += separator;
            separator = ',';
            write_string(out, name);
            out += ':';
            write_value(out, member);
        }
        out += separator == '{' ? "{}" : "}";
        return;
    }
    case Value::Array: {
        char separator = '[';
        for (const Value& element : value.as_array()) {
            out += separator;
            separator = ',';
            write_value(out, element);
        }
        out += separator == '[' ? "[]" : "]";
        return;
    }
    }
    throw std::logic_error("no such JSON type");
}

} // namespace

std::string write(const Value& value) {
    std::string out;
    write_value(out, value);
    return out;
}

} // namespace mailpreflight::json
