#include "http/wire_text.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace mailpreflight::http {

namespace {

bool belongs_to_lane(std::string_view name) {
    constexpr std::array own{
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Accept-Encoding", "Upgrade", "TE"};
    return std::any_of(
        own.begin(), own.end(), [&](std::string_view word) { return base::equals_ignoring_case(name, word); });
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > 0x20 && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    });
}

std::string host_field(const net::Target& target) {
    const bool v6 = target.host.find(':') != std::string::npos;
    std::string host = v6 ? "[" + target.host + "]" : target.host;
    return target.port == 443 ? host : host + ":" + std::to_string(target.port);
}

} // namespace

bool is_sendable(const Request& request) {
    const bool target_fine =
        request.target.starts_with('/') &&
        std::all_of(request.target.begin(), request.target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    return is_token(request.method) && target_fine &&
           std::all_of(request.headers.fields().begin(),
                       request.headers.fields().end(),
                       [](const Headers::Field& field) { return is_token(field.name) && is_field_value(field.value); });
}

std::string wire_text(const Request& request, const net::Target& target) {
    const std::string host = host_field(target);
    std::size_t size = request.method.size() + request.target.size() + host.size() + request.body.size() + 200;
    for (const Headers::Field& field : request.headers.fields()) {
        size += field.name.size() + field.value.size() + 4;
    }
    std::string text;
    text.reserve(size);
    text.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ").append(host);
    text.append("\r\nConnection: keep-alive\r\nAccept-Encoding: gzip\r\n");
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        text.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    }
    for (const Headers::Field& field : request.headers.fields()) {
        if (!belongs_to_lane(field.name)) {
            text.append(field.name).append(": ").append(field.value).append("\r\n");
        }
    }
    text.append("\r\n").append(request.body);
    return text;
}

} // namespace mailpreflight::http
