#include "http/plain_request.hpp"

#include "base/secret.hpp"
#include "http/gzip.hpp"
#include "http/wire_text.hpp"
#include "net/dial.hpp"
#include "net/stop_signal.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace mailpreflight::http {

namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using core::Cause;
using core::Stage;
using Parser = beast::http::response_parser<beast::http::string_body>;

tl::unexpected<core::Failure> failed(Cause cause, std::string detail) {
    return core::failed(Stage::exchange, cause, std::move(detail));
}

/// One request on one connection.
class Talk {
public:
    Talk(int socket, const base::Deadline& deadline, const Limits& limits) :
        socket_(socket),
        deadline_(deadline),
        limits_(limits),
        stop_(deadline.stop) {}

    core::Outcome<void> send(std::string_view text) {
        while (!text.empty()) {
            if (auto ready = wait(POLLOUT); !ready) {
                return ready;
            }
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent > 0) {
                text.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno != EAGAIN && errno != EINTR) {
                return failed(Cause::connection_lost, std::strerror(errno));
            }
        }
        return {};
    }

    /// One whole answer; interim ones before it are passed over.
    core::Outcome<Response> answer() {
        constexpr int most_interim = 8;
        for (int interim = 0; interim <= most_interim; ++interim) {
            Parser parser;
            parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
            parser.body_limit(limits_.body_bytes);
            if (auto read = fill(parser); !read) {
                return tl::unexpected(std::move(read.error()));
            }
            const unsigned status = parser.get().result_int();
            if (status >= 200 && status <= 599) {
                return response_of(parser.release());
            }
            if (status < 100 || status == 101 || status > 599) {
                return failed(Cause::not_http, fmt::format("HTTP status {}", status));
            }
        }
        return failed(Cause::not_http, "interim answers without end");
    }

private:
    core::Outcome<void> wait(short events) {
        switch (stop_.wait(socket_, events, deadline_.at)) {
        case net::Ready::socket:
            return {};
        case net::Ready::deadline:
            return failed(Cause::no_answer, "the server did not answer in time");
        case net::Ready::stopped:
            break;
        }
        return failed(Cause::no_answer, "stopped");
    }

    /// The head first, by itself: read in one go, Beast forgets that the body is too long if some of it is there.
    core::Outcome<void> fill(Parser& parser) {
        while (!parser.is_done()) {
            error_code error;
            parser.eager(parser.is_header_done());
            const std::size_t used = parser.put(boost::asio::buffer(received_), error);
            received_.erase(0, used);
            if (error && error != beast::http::error::need_more) {
                return refusal_of(error);
            }
            if (error || (used == 0 && !parser.is_done())) {
                if (auto more = receive(parser); !more) {
                    return more;
                }
            }
        }
        return {};
    }

    core::Outcome<void> receive(Parser& parser) {
        // What no parser takes, a line of a chunk's size without end.
        if (received_.size() > limits_.header_bytes + chunk_.size()) {
            return failed(Cause::answer_too_large, "a line of the answer is larger than the limit");
        }
        if (auto ready = wait(POLLIN); !ready) {
            return ready;
        }
        const ssize_t got = ::recv(socket_, chunk_.data(), chunk_.size(), 0);
        if (got > 0) {
            received_.append(chunk_.data(), static_cast<std::size_t>(got));
            return {};
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return {};
        }
        error_code error;
        if (got == 0 && parser.is_header_done()) {
            parser.put_eof(error);
            if (!error && parser.is_done()) {
                return {};
            }
        }
        return failed(Cause::connection_lost,
                      got == 0 ? "the server closed the connection before its answer was complete"
                               : std::strerror(errno));
    }

    static tl::unexpected<core::Failure> refusal_of(const error_code& error) {
        if (error == beast::http::error::header_limit || error == beast::http::error::body_limit) {
            return failed(Cause::answer_too_large, "the answer is larger than the limit");
        }
        return failed(Cause::not_http, "the answer is not HTTP: " + error.message());
    }

    core::Outcome<Response> response_of(Parser::value_type&& message) const {
        Response response;
        response.keeps_alive = false;
        response.status = static_cast<int>(message.result_int());
        response.reason = std::string(message.reason());
        for (const auto& field : message) {
            response.headers.add(std::string(field.name_string()), std::string(field.value()));
        }
        response.body = std::move(message.body());
        if (!response.body.empty() && response.headers.first("Content-Encoding") == "gzip") {
            auto content = gunzip(response.body, limits_.body_bytes);
            if (!content) {
                return content.error() == GzipFault::too_large
                           ? failed(Cause::answer_too_large, "the inflated body of the answer is larger than the limit")
                           : failed(Cause::not_http, "the body is broken gzip");
            }
            response.body = std::move(*content);
        }
        return response;
    }

    int socket_;
    const base::Deadline& deadline_;
    const Limits& limits_;
    net::StopSignal stop_;
    std::array<char, 16 * 1024> chunk_{};
    std::string received_;
};

} // namespace

core::Outcome<Response> ask_plainly(net::Network& network,
                                    const net::Target& target,
                                    const Request& request,
                                    const base::Deadline& deadline,
                                    const Limits& limits) {
    if (!is_sendable(request)) {
        return core::failed(Stage::connect, Cause::internal_error, "the request is not valid HTTP");
    }
    const auto addresses = network.resolver().resolve(target, deadline);
    if (!addresses) {
        return tl::unexpected(addresses.error());
    }
    const auto dialed = net::dial(*addresses, target.port, deadline);
    if (!dialed) {
        return tl::unexpected(dialed.error());
    }
    const auto started = std::chrono::steady_clock::now();
    Talk talk(dialed->socket.get(), deadline, limits);
    std::string text = wire_text(request, target);
    const auto sent = talk.send(text);
    base::wipe(text);
    if (!sent) {
        return tl::unexpected(sent.error());
    }
    auto response = talk.answer();
    if (response) {
        response->took = std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started);
    }
    return response;
}

} // namespace mailpreflight::http
