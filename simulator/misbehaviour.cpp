#include "simulator/misbehaviour.hpp"

#include "simulator/ews_endpoint.hpp"
#include "simulator/owa_pages.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailpreflight::simulator {

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

/** Compresses the piece the given number of times over. */
std::string gzip(std::string_view piece, std::int64_t repeats) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("zlib does not start");
    }
    std::string result;
    std::array<char, 65536> buffer{};
    for (std::int64_t i = 0; i < repeats; ++i) {
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
        stream.avail_in = static_cast<uInt>(piece.size());
        const int flush = i + 1 == repeats ? Z_FINISH : Z_NO_FLUSH;
        do {
            stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
            stream.avail_out = static_cast<uInt>(buffer.size());
            deflate(&stream, flush);
            result.append(buffer.data(), buffer.size() - stream.avail_out);
        } while (stream.avail_out == 0);
    }
    deflateEnd(&stream);
    return result;
}

void replace_with(HttpResponse& response, HttpResponse other) {
    const auto delay = response.delay;
    response = std::move(other);
    response.delay = delay;
}

HttpResponse plain(int status, std::string body, std::string content_type) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    if (!content_type.empty()) {
        response.add("Content-Type", std::move(content_type));
    }
    return response;
}

constexpr std::string_view xml_type = "text/xml; charset=utf-8";

} // namespace

void misbehave(HttpResponse& response, const FaultRule& fault, const HttpRequest& request, const State& state) {
    switch (fault.kind) {
    case FaultKind::latency:
        response.delay += std::chrono::milliseconds(fault.value);
        break;
    case FaultKind::throttle:
    case FaultKind::exceeded_connection_count:
    case FaultKind::error_code:
    case FaultKind::wrong_answer:
        break;
    case FaultKind::status: {
        const int status = fault.value > 0 ? static_cast<int>(fault.value) : 503;
        replace_with(response,
                     pages::html(status,
                                 fmt::format("<html><head><title>{0} {1}</title></head><body>{0} {1}"
                                             "</body></html>",
                                             status,
                                             reason_phrase(status))));
        if (fault.retry_after > 0) {
            response.add("Retry-After", std::to_string(fault.retry_after));
        }
        break;
    }
    case FaultKind::unauthorized:
        replace_with(response, unauthorized(ews_auth_policy(state, request)));
        break;
    case FaultKind::empty_500:
        replace_with(response, plain(500, "", ""));
        break;
    case FaultKind::cut:
        response.delivery = Delivery::cut;
        break;
    case FaultKind::close_before_answer:
        response.delivery = Delivery::close_before_answer;
        break;
    case FaultKind::garbage:
        replace_with(response, plain(200, "\x16\x03\x01garbage, not HTTP\r\n\r\n" + random_bytes(200), ""));
        response.delivery = Delivery::raw;
        break;
    case FaultKind::garbage_xml:
        replace_with(response,
                     plain(200,
                           "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope "
                           "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><m:GetFolderResp",
                           std::string(xml_type)));
        break;
    case FaultKind::html_200:
        replace_with(response, pages::logon(request, state.server));
        break;
    case FaultKind::slow_bytes:
        response.delivery = Delivery::slow;
        response.rate = std::max<std::int64_t>(1, fault.value);
        break;
    case FaultKind::endless_header:
        response.delivery = Delivery::endless_header;
        break;
    case FaultKind::chunk_minus_two:
        response.delivery = Delivery::chunk_minus_two;
        break;
    case FaultKind::gzip:
        response.body = gzip(response.body, 1);
        response.add("Content-Encoding", "gzip");
        break;
    case FaultKind::gzip_bomb: {
        const std::string piece(static_cast<std::size_t>(mebibyte), ' ');
        replace_with(response, plain(200, gzip(piece, std::max<std::int64_t>(1, fault.value)), std::string(xml_type)));
        response.add("Content-Encoding", "gzip");
        break;
    }
    case FaultKind::redirect:
        replace_with(
            response,
            fault.location.empty()
                ? pages::to_logon(request, state.server, fmt::format("https://{}{}", request.host(), request.target), 0)
                : pages::redirect(fault.location));
        break;
    case FaultKind::huge_body:
        replace_with(response, plain(200, "<a>0123456789</a>\n", std::string(xml_type)));
        response.delivery = Delivery::huge;
        response.rate = std::max<std::int64_t>(1, fault.value);
        break;
    }
}

} // namespace mailpreflight::simulator
