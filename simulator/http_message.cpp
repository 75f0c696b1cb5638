#include "simulator/http_message.hpp"

#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::simulator {

namespace {

std::string_view find_header(const HeaderList& headers, std::string_view name) {
    const auto found =
        std::ranges::find_if(headers, [&](const auto& header) { return equals_ignoring_case(header.first, name); });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

} // namespace

std::string_view HttpRequest::header(std::string_view name) const {
    return find_header(headers, name);
}

bool HttpRequest::has_header(std::string_view name) const {
    return std::ranges::any_of(headers, [&](const auto& header) { return equals_ignoring_case(header.first, name); });
}

std::string HttpRequest::path() const {
    return to_lower(std::string_view(target).substr(0, target.find('?')));
}

std::string HttpRequest::query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string() : target.substr(mark + 1);
}

std::string HttpRequest::cookie(std::string_view name) const {
    for (const auto& [header_name, value] : headers) {
        if (!equals_ignoring_case(header_name, "Cookie")) {
            continue;
        }
        for (const std::string& pair : split(value, ';')) {
            const std::string text = trimmed(pair);
            const auto equals = text.find('=');
            if (equals != std::string::npos && equals_ignoring_case(std::string_view(text).substr(0, equals), name)) {
                return text.substr(equals + 1);
            }
        }
    }
    return {};
}

std::string HttpRequest::host() const {
    const std::string_view host = header("Host");
    return host.empty() ? "localhost" : std::string(host);
}

void HttpResponse::add(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
}

std::string_view HttpResponse::header(std::string_view name) const {
    return find_header(headers, name);
}

std::string_view reason_phrase(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 307:
        return "Temporary Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Request Entity Too Large";
    case 429:
        return "Too Many Requests";
    case 440:
        return "Login Timeout";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Status";
    }
}

std::string header_text(const HttpResponse& response) {
    std::string text =
        fmt::format("HTTP/1.1 {} {}\r\n",
                    response.status,
                    response.reason.empty() ? reason_phrase(response.status) : std::string_view(response.reason));
    for (const auto& [name, value] : response.headers) {
        text += fmt::format("{}: {}\r\n", name, value);
    }
    switch (response.delivery) {
    case Delivery::chunked:
    case Delivery::chunk_minus_two:
        text += "Transfer-Encoding: chunked\r\n";
        break;
    case Delivery::huge:
        text += fmt::format("Content-Length: {}\r\n", response.rate << 20);
        break;
    case Delivery::normal:
    case Delivery::cut:
    case Delivery::close_before_answer:
    case Delivery::raw:
    case Delivery::slow:
    case Delivery::endless_header:
        text += fmt::format("Content-Length: {}\r\n", response.body.size());
        break;
    }
    if (response.close) {
        text += "Connection: close\r\n";
    }
    return text + "\r\n";
}

} // namespace mailpreflight::simulator
