#include "http/lane.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "http/gzip.hpp"
#include "http/wire_text.hpp"
#include "net/dial.hpp"
#include "net/tls_client.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility> // Asio 1.74 forgets it: our own headers above bring it before

namespace mailpreflight::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

using boost::system::error_code;
using core::Cause;
using core::Stage;

namespace {

using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using Stream = asio::ssl::stream<Socket>;
using Parser = beast::http::response_parser<beast::http::string_body>;
using Steady = std::chrono::steady_clock;

base::Duration since(Steady::time_point start) {
    return std::chrono::duration_cast<base::Duration>(Steady::now() - start);
}

core::Failure read_failure(const error_code& error, bool got_some) {
    namespace http = beast::http;
    const auto failure = [](Cause cause, std::string detail) {
        return core::Failure{Stage::exchange, cause, std::move(detail), std::nullopt};
    };
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return failure(Cause::answer_too_large, "the head of the answer is larger than the limit");
    }
    if (error == http::error::body_limit) {
        return failure(Cause::answer_too_large, "the body of the answer is larger than the limit");
    }
    const bool ended = error == http::error::end_of_stream || error == http::error::partial_message ||
                       error == asio::error::eof || error == asio::ssl::error::stream_truncated;
    if (!ended && error.category() == http::make_error_code(http::error::bad_version).category()) {
        return failure(Cause::not_http, "the answer is not HTTP: " + error.message());
    }
    const std::string where = got_some ? " in the middle of its answer" : " before it answered";
    return failure(Cause::connection_lost,
                   ended ? "the server closed the connection" + where
                         : "the connection was lost" + where + ": " + error.message());
}

} // namespace

struct Lane::Connection {
    Connection(const net::Target& where, ssl_ctx_st* shared_context, int socket, bool v6, const Limits& bounds) :
        target(where),
        limits(bounds),
        judge(where),
        context((SSL_CTX_up_ref(shared_context), shared_context)),
        stream(Socket(io, v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket), context),
        // Room for a head, and for one more read behind it.
        buffer(bounds.header_bytes + 64 * 1024) {
        judge.attach(stream.native_handle());
        stream.next_layer().non_blocking(true); // for is_quiet(); asynchronous operations do not care
    }

    enum class End { done, deadline, stopped };

    /// Starts an asynchronous operation and drives it to its end, the deadline or the stop. Unless it is done, the
    /// socket is closed and no handler is left.
    template <typename Start>
    End run(Start&& start, const base::Deadline& deadline, error_code& error) {
        if (deadline.stop.stop_requested() || deadline.passed()) {
            close();
            return deadline.stop.stop_requested() ? End::stopped : End::deadline;
        }
        bool done = false;
        bool late = false;
        bool stopped = false;
        const auto turn = ++turn_; // a stop that comes too late must not hit a later operation
        start([&](const error_code& result, auto&&...) {
            error = result;
            done = true;
        });
        {
            const std::stop_callback on_stop(deadline.stop, [&] {
                asio::post(io, [this, turn, &stopped] {
                    if (turn == turn_) {
                        stopped = true;
                        close();
                    }
                });
            });
            io.restart();
            io.run_until(deadline.at);
            if (!done) {
                late = true;
                close();
                io.restart();
                io.run(); // the operation ends as aborted, or at its next step on a socket that is none any more
            }
        }
        ++turn_;
        if (stopped || !error) {
            return stopped ? End::stopped : End::done;
        }
        return late ? End::deadline : End::done;
    }

    void close() {
        usable = false;
        error_code ignored;
        stream.next_layer().close(ignored);
    }

    /// False when the peer has closed, or has sent something that nobody asked for. Takes in what TLS sends by itself
    /// (session tickets).
    bool is_quiet() {
        char byte = 0;
        error_code error;
        stream.read_some(asio::buffer(&byte, 1), error);
        return error == asio::error::would_block || error == asio::error::try_again;
    }

    tl::unexpected<core::Failure> give_up(End end, bool got_some) {
        close();
        if (end == End::stopped) {
            return core::failed(Stage::exchange, Cause::no_answer, "stopped");
        }
        return core::failed(Stage::exchange,
                            Cause::no_answer,
                            got_some ? "the answer was not complete at the deadline" : "no answer before the deadline");
    }

    tl::unexpected<core::Failure> fail(core::Failure failure) {
        close();
        return tl::unexpected(std::move(failure));
    }

    core::Outcome<Response> read(bool answers_head, const base::Deadline& deadline);
    core::Outcome<Response> to_response(Parser&& parser, bool answers_head);

    asio::io_context io{1};
    net::Target target;
    Limits limits;
    DialReport report;
    net::TlsJudge judge;
    asio::ssl::context context;
    Stream stream;
    beast::flat_buffer buffer;
    bool usable = false;
    bool began = false;

private:
    std::uint64_t turn_ = 0;
};

core::Outcome<Response> Lane::Connection::read(bool answers_head, const base::Deadline& deadline) {
    constexpr int most_interim = 8;
    for (int interim = 0; interim <= most_interim; ++interim) {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        parser.body_limit(limits.body_bytes);
        parser.skip(answers_head);
        error_code error;
        // The head first, by itself: read in one go, Beast forgets that the body is too long if some of it is there.
        End end = run(
            [&](auto&& handler) {
                beast::http::async_read_header(stream, buffer, parser, std::forward<decltype(handler)>(handler));
            },
            deadline,
            error);
        if (end == End::done && !error && !parser.is_done()) {
            end = run(
                [&](auto&& handler) {
                    beast::http::async_read(stream, buffer, parser, std::forward<decltype(handler)>(handler));
                },
                deadline,
                error);
        }
        if (end != End::done) {
            return give_up(end, parser.got_some());
        }
        if (error) {
            return fail(read_failure(error, parser.got_some()));
        }
        const unsigned status = parser.get().result_int();
        if (status == 101) {
            return fail({Stage::exchange, Cause::not_http, "the server switches to another protocol", std::nullopt});
        }
        if (status >= 200) {
            return to_response(std::move(parser), answers_head);
        }
    }
    return fail({Stage::exchange, Cause::not_http, "interim answers without end", std::nullopt});
}

core::Outcome<Response> Lane::Connection::to_response(Parser&& parser, bool answers_head) {
    Response response;
    // Bytes behind the answer belong to no request of ours: never take them for the next answer.
    response.keeps_alive = parser.keep_alive() && buffer.size() == 0;
    auto message = parser.release();
    response.status = static_cast<int>(message.result_int());
    response.reason = std::string(message.reason());
    for (const auto& field : message) {
        response.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = std::move(message.body());
    const std::string_view encoding = base::trim(response.headers.first("Content-Encoding"));
    if (encoding.empty() || base::equals_ignoring_case(encoding, "identity") || response.body.empty() || answers_head) {
        return response;
    }
    if (!base::equals_ignoring_case(encoding, "gzip") && !base::equals_ignoring_case(encoding, "x-gzip")) {
        return fail({Stage::exchange, Cause::not_http, "the body is encoded in a way nobody asked for", std::nullopt});
    }
    auto content = gunzip(response.body, limits.body_bytes);
    if (!content) {
        return content.error() == GzipFault::too_large
                   ? fail({Stage::exchange,
                           Cause::answer_too_large,
                           "the inflated body of the answer is larger than the limit",
                           std::nullopt})
                   : fail({Stage::exchange, Cause::not_http, "the body is broken gzip", std::nullopt});
    }
    response.body = std::move(*content);
    return response;
}

core::Outcome<Lane> Lane::open(net::Network& network,
                               const net::Target& target,
                               const base::Deadline& deadline,
                               DialReport* report,
                               const Limits& limits,
                               const Proxy* proxy) {
    DialReport own;
    DialReport& seen = report != nullptr ? *report : own;
    seen = {};
    auto start = Steady::now();
    const auto finish = [&](Stage stage) {
        seen.stages.push_back({stage, since(std::exchange(start, Steady::now()))});
    };

    core::Outcome<net::Dialed> dialed;
    if (proxy != nullptr) {
        seen.proxy = name_of(*proxy);
        dialed = connect_through(network, *proxy, target, deadline, seen);
    } else {
        const auto addresses = network.resolver().resolve(target, deadline);
        finish(Stage::resolve);
        if (!addresses) {
            return tl::unexpected(addresses.error());
        }
        for (const net::Address& address : *addresses) {
            seen.addresses.push_back(address.ip);
        }
        dialed = net::dial(*addresses, target.port, deadline);
    }
    finish(Stage::connect);
    if (!dialed) {
        return tl::unexpected(std::move(dialed.error()));
    }
    if (proxy == nullptr) {
        seen.address = dialed->address;
        seen.peer = net::to_text(dialed->address, target.port);
    }

    const auto context = net::make_client_context(network.ca_stores(), target.tls);
    if (!context) {
        return tl::unexpected(context.error());
    }
    auto connection = std::make_unique<Connection>(
        target, context->get(), dialed->socket.release(), net::is_v6(dialed->address), limits);
    error_code error;
    const auto end = connection->run(
        [&](auto&& handler) {
            connection->stream.async_handshake(Stream::client, std::forward<decltype(handler)>(handler));
        },
        deadline,
        error);
    finish(Stage::tls);
    if (end == Connection::End::done && !error) {
        connection->judge.note_established(connection->stream.native_handle());
    }
    seen.certificate = connection->judge.certificate();
    if (end == Connection::End::stopped) {
        return core::failed(Stage::tls, Cause::no_answer, "stopped");
    }
    if (end == Connection::End::deadline) {
        return core::failed(Stage::tls, Cause::no_answer, "the TLS handshake did not end before the deadline");
    }
    if (error) {
        const bool from_openssl = error.category() == asio::error::get_ssl_category();
        const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
        return tl::unexpected(connection->judge.failure(
            from_openssl ? static_cast<unsigned long>(static_cast<unsigned int>(error.value())) : 0UL,
            ended ? "" : error.message()));
    }
    connection->usable = true;
    connection->report = seen;
    return Lane(std::move(connection));
}

Lane::Lane(std::unique_ptr<Connection> connection) :
    connection_(std::move(connection)) {}

Lane::~Lane() = default;
Lane::Lane(Lane&&) noexcept = default;
Lane& Lane::operator=(Lane&&) noexcept = default;

core::Outcome<Response> Lane::send(const Request& request, const base::Deadline& deadline) {
    Connection& connection = *connection_;
    connection.began = false;
    if (!is_sendable(request)) {
        return connection.fail({Stage::exchange, Cause::internal_error, "the request is not valid HTTP", std::nullopt});
    }
    if (!alive()) {
        return connection.fail(
            {Stage::exchange, Cause::connection_lost, "the connection was closed before the request", std::nullopt});
    }
    if (deadline.stop.stop_requested() || deadline.passed()) {
        return connection.give_up(deadline.stop.stop_requested() ? Connection::End::stopped : Connection::End::deadline,
                                  false);
    }
    std::string text = wire_text(request, connection.target);
    const auto start = Steady::now();
    error_code error;
    connection.began = true;
    const auto end = connection.run(
        [&](auto&& handler) {
            asio::async_write(connection.stream, asio::buffer(text), std::forward<decltype(handler)>(handler));
        },
        deadline,
        error);
    base::wipe(text);
    if (end != Connection::End::done) {
        return connection.give_up(end, false);
    }
    if (error) {
        return connection.fail({Stage::exchange,
                                Cause::connection_lost,
                                "the connection was lost while the request was sent: " + error.message(),
                                std::nullopt});
    }
    auto response = connection.read(request.method == "HEAD", deadline);
    if (response) {
        response->took = since(start);
        if (!response->keeps_alive) {
            connection.close();
        }
    }
    return response;
}

bool Lane::alive() const {
    if (!connection_ || !connection_->usable) {
        return false;
    }
    if (!connection_->is_quiet()) {
        connection_->close();
    }
    return connection_->usable;
}

const DialReport& Lane::report() const {
    return connection_->report;
}

const net::Target& Lane::target() const {
    return connection_->target;
}

bool Lane::began_to_send() const {
    return connection_ && connection_->began;
}

} // namespace mailpreflight::http
