#pragma once

#include "simulator/http_message.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace mailpreflight::simulator {

/** Sends an answer over a stream, rightly or in one of the wrong ways. Internal to the HTTP server. */
template <typename Stream>
class AnswerWriter {
public:
    /** Waits for a time; false: the server is ending. */
    using Wait = std::function<bool(std::chrono::milliseconds)>;

    AnswerWriter(Stream& stream, Wait wait) :
        stream_(stream),
        wait_(std::move(wait)) {}

    /** False: the connection is to be closed without ceremony. */
    bool write(const HttpResponse& response) {
        if (response.delay.count() > 0 && !wait_(response.delay)) {
            return false;
        }
        const std::string header = header_text(response);
        const std::string_view body = response.head_only ? std::string_view() : std::string_view(response.body);
        switch (response.delivery) {
        case Delivery::normal:
            return send(header + std::string(body));
        case Delivery::chunked:
            return send(header + (response.head_only ? std::string() : chunked(body)));
        case Delivery::cut:
            send(header + std::string(body.substr(0, body.size() / 2)));
            return false;
        case Delivery::close_before_answer:
            return false;
        case Delivery::raw:
            send(body);
            return false;
        case Delivery::slow:
            return send_slowly(header + std::string(body), response.rate);
        case Delivery::endless_header:
            return send_endless_header(header);
        case Delivery::chunk_minus_two:
            send(header + "-2\r\n" + std::string(body));
            return false;
        case Delivery::huge:
            return send_huge(header, body, response.rate);
        }
        __builtin_unreachable();
    }

private:
    bool send(std::string_view bytes) {
        boost::system::error_code error;
        boost::asio::write(stream_, boost::asio::buffer(bytes.data(), bytes.size()), error);
        return !error;
    }

    static std::string chunked(std::string_view body) {
        constexpr std::size_t chunk_size = 16 * 1024;
        std::string result;
        for (std::size_t at = 0; at < body.size(); at += chunk_size) {
            const std::string_view chunk = body.substr(at, chunk_size);
            result += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
        }
        return result + "0\r\n\r\n";
    }

    bool send_slowly(std::string_view bytes, std::int64_t rate) {
        constexpr std::int64_t pieces_a_second = 20;
        const auto pause = std::chrono::milliseconds(1000 / std::min(rate, pieces_a_second));
        const auto piece = static_cast<std::size_t>(std::max<std::int64_t>(1, rate / pieces_a_second));
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            if (!send(bytes.substr(at, piece)) || !wait_(pause)) {
                return false;
            }
        }
        return true;
    }

    bool send_endless_header(std::string_view header) {
        std::string lines(header.substr(0, header.size() - 2)); // without the blank line that would end it
        do {
            if (!send(lines)) {
                return false;
            }
            lines.clear();
            for (int i = 0; i < 100; ++i) {
                lines += "X-Endless: 0123456789012345678901234567890123456789\r\n";
            }
        } while (wait_(std::chrono::milliseconds(0)));
        return false;
    }

    bool send_huge(std::string_view header, std::string_view body, std::int64_t mebibytes) {
        constexpr std::size_t mebibyte = std::size_t{1} << 20U;
        std::string piece;
        while (piece.size() < mebibyte) {
            piece += body;
        }
        piece.resize(mebibyte);
        if (!send(header)) {
            return false;
        }
        for (std::int64_t i = 0; i < mebibytes; ++i) {
            if (!send(piece) || !wait_(std::chrono::milliseconds(0))) {
                return false;
            }
        }
        return true;
    }

    Stream& stream_;
    Wait wait_;
};

} // namespace mailpreflight::simulator
