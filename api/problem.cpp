#include "api/problem.hpp"

#include <stdexcept>

namespace mailpreflight::api {

namespace {

struct Kind {
    int status;
    std::string_view word;
    std::string_view title;
};

constexpr Kind kinds[] = {
    {400, "bad-request", "The request cannot be read"},
    {403, "forbidden", "This is not allowed here"},
    {404, "not-found", "There is no such thing"},
    {405, "method-not-allowed", "The method does not fit the path"},
    {408, "request-timeout", "The request did not arrive in time"},
    {409, "conflict", "The present state does not allow it"},
    {413, "too-large", "The request is too large"},
    {415, "unsupported-media-type", "The body must be application/json"},
    {417, "expectation-failed", "Expect is not supported"},
    {421, "misdirected-request", "The Host is not ours"},
    {422, "unprocessable", "The content is wrong"},
    {429, "limit-exceeded", "A limit was reached"},
    {500, "internal", "The service failed inside"},
    {501, "unsupported", "This is not available here"},
    {503, "unavailable", "The service is not available now"},
    {504, "timeout", "The work did not end in time"},
};

int status_of(base::ErrorCode code) {
    using base::ErrorCode;
    switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::parse:
        return 400;
    case ErrorCode::not_found:
        return 404;
    case ErrorCode::permission_denied:
        return 403;
    case ErrorCode::conflict:
        return 409;
    case ErrorCode::limit_exceeded:
        return 429;
    case ErrorCode::timeout:
        return 504;
    case ErrorCode::cancelled:
        return 503;
    case ErrorCode::unsupported:
        return 501;
    case ErrorCode::io:
    case ErrorCode::internal:
        return 500;
    }
    throw std::logic_error("no such error code");
}

} // namespace

Problem problem(int status, std::string detail) {
    for (const Kind& kind : kinds) {
        if (kind.status == status) {
            return {.type = "urn:mailpreflight:problem:" + std::string(kind.word),
                    .title = std::string(kind.title),
                    .status = status,
                    .detail = std::move(detail)};
        }
    }
    return {.title = "HTTP " + std::to_string(status), .status = status, .detail = std::move(detail)};
}

Problem problem_of(const base::Error& error) {
    return problem(status_of(error.code()), error.message());
}

} // namespace mailpreflight::api
