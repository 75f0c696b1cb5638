#pragma once

#include "api/call.hpp"
#include "api/codec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How a request struct becomes an HTTP request and back, by its CallInfo; the same for every call.

namespace mailpreflight::api {

struct HttpRequest {
    Method method = Method::get;
    std::string target; ///< path and query, percent-encoded
    std::string body;   ///< JSON, or empty

    bool operator==(const HttpRequest&) const = default;
};

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

/// The fields that a path gives to a pattern: "/v1/checks/{id}" and "/v1/checks/c7" give id = c7. Nothing when it does
/// not fit, or is badly encoded.
std::optional<NamedTexts> match_path(std::string_view pattern, std::string_view path);

/// Name and value of each part of a query, decoded; refused: bad encoding, a name given twice.
base::Result<NamedTexts> parse_query(std::string_view query);

/// Everything but unreserved characters as %XX.
std::string percent_encoded(std::string_view text);

HttpRequest http_of(const CallInfo& info, const json::Value& fields);
/// All fields of a request in one object. An empty body is one without fields.
base::Result<json::Value> fields_of(const NamedTexts& path, std::string_view query, std::string_view body);

template <Described Request>
HttpRequest to_http(const CallInfo& info, const Request& request) {
    return http_of(info, encode(request));
}

/// A request that was checked as far as its own fields tell.
template <Described Request>
base::Result<Request> from_fields(const CallInfo& info, const json::Value& fields) {
    const DecodeRules rules{.unknown_fields_are_errors = true, .text_for_numbers = info.method == Method::get};
    auto request = decode<Request>(fields, rules);
    if constexpr (requires { request->problem(); }) {
        if (request) {
            if (std::string problem = request->problem(); !problem.empty()) {
                return base::failure(base::ErrorCode::invalid_argument, std::move(problem));
            }
        }
    }
    return request;
}

} // namespace mailpreflight::api
