#include "api/http_form.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::api {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Nothing when an escape is broken or the text is not clean UTF-8: names never hold control characters.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            decoded += text[i] == '+' && plus_is_blank ? ' ' : text[i];
        }
    }
    const bool has_control = std::any_of(
        decoded.begin(), decoded.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (has_control || !base::is_valid_utf8(decoded)) {
        return std::nullopt;
    }
    return decoded;
}

bool is_placeholder(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::string text_of(const json::Value& value) {
    return value.is_string() ? value.as_string() : json::write(value);
}

} // namespace

std::optional<NamedTexts> match_path(std::string_view pattern, std::string_view path) {
    const auto wanted = base::split(pattern, '/');
    const auto given = base::split(path, '/');
    if (wanted.size() != given.size()) {
        return std::nullopt;
    }
    NamedTexts fields;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!is_placeholder(wanted[i])) {
            if (wanted[i] != given[i]) {
                return std::nullopt;
            }
            continue;
        }
        auto value = percent_decoded(given[i], false);
        if (!value || value->empty()) {
            return std::nullopt;
        }
        fields.emplace_back(wanted[i].substr(1, wanted[i].size() - 2), std::move(*value));
    }
    return fields;
}

base::Result<NamedTexts> parse_query(std::string_view query) {
    NamedTexts fields;
    if (query.empty()) {
        return fields;
    }
    for (const std::string& part : base::split(query, '&')) {
        const auto equals = part.find('=');
        auto name = percent_decoded(std::string_view(part).substr(0, equals), true);
        auto value =
            percent_decoded(equals == std::string::npos ? "" : std::string_view(part).substr(equals + 1), true);
        if (!name || name->empty() || !value) {
            return base::failure(base::ErrorCode::parse, "the query is badly encoded");
        }
        const bool twice = std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return f.first == *name; });
        if (twice) {
            return base::failure(base::ErrorCode::parse, "the query names it twice", *name);
        }
        fields.emplace_back(std::move(*name), std::move(*value));
    }
    return fields;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string encoded;
    for (const char c : text) {
        if (unreserved.find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

HttpRequest http_of(const CallInfo& info, const json::Value& fields) {
    HttpRequest request{.method = info.method, .target = std::string(info.path), .body = {}};
    std::string query;
    json::Value body = json::Value::object(true);
    for (const auto& [name, value] : fields.as_object()) {
        const std::string placeholder = "{" + name + "}";
        if (const auto at = request.target.find(placeholder); at != std::string::npos) {
            request.target.replace(at, placeholder.size(), percent_encoded(text_of(value)));
        } else if (info.method == Method::post) {
            body[name] = value;
        } else {
            query += (query.empty() ? '?' : '&') + percent_encoded(name) + '=' + percent_encoded(text_of(value));
        }
    }
    request.target += query;
    if (info.method == Method::post) {
        request.body = json::write(body);
    }
    return request;
}

base::Result<json::Value> fields_of(const NamedTexts& path, std::string_view query, std::string_view body) {
    json::Value fields = json::Value::object(true);
    if (!base::trim(body).empty()) {
        auto parsed = json::parse(body);
        if (!parsed) {
            return base::failure(parsed.error().wrap("the body is not JSON"));
        }
        if (!parsed->is_object()) {
            return base::failure(base::ErrorCode::parse, "the body is not a JSON object");
        }
        fields = std::move(*parsed);
    }
    auto named = parse_query(query);
    if (!named) {
        return base::failure(named.error());
    }
    named->insert(named->end(), path.begin(), path.end());
    for (const auto& [name, value] : *named) {
        if (fields.has_field(name)) {
            return base::failure(base::ErrorCode::parse, "given twice", name);
        }
        fields[name] = json::Value::string(value);
    }
    return fields;
}

} // namespace mailpreflight::api
