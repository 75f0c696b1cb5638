#include "simulator/http_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <utility> // before asio

namespace mailpreflight::simulator {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::uint32_t header_limit = 64 * 1024;
constexpr std::uint64_t body_limit = 64ULL << 20U; // maxAllowedContentLength of the EWS front end
constexpr auto farewell_time = std::chrono::milliseconds(200);
constexpr std::size_t chunk_size = 16 * 1024;

/** A TLS context together with the hash of the certificate that it shows. */
struct TlsContext {
    asio::ssl::context context{asio::ssl::context::tls_server};
    std::string end_point;

    explicit TlsContext(const TlsIdentity& identity) :
        end_point(end_point_hash(identity.certificate_pem)) {
        context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                            asio::ssl::context::no_sslv3);
        context.use_certificate_chain(asio::buffer(identity.certificate_pem));
        context.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
    }
};

HttpRequest to_request(http::request<http::string_body>&& message) {
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
        request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    return request;
}

std::string chunk(std::string_view data) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return std::string(size).append(data).append("\r\n");
}

} // namespace

class HttpServer::Impl {
public:
    Impl(Options options, Handler handler) :
        options_(std::move(options)),
        handler_(std::move(handler)),
        acceptor_(accept_context_) {
        if (options_.identity) {
            tls_ = std::make_shared<TlsContext>(*options_.identity);
        }
        Error error;
        const auto address = asio::ip::make_address(options_.listen, error);
        if (error) {
            throw std::runtime_error("not an address: " + options_.listen);
        }
        const Tcp::endpoint endpoint(address, options_.port);
        try {
            acceptor_.open(endpoint.protocol());
            acceptor_.set_option(Tcp::acceptor::reuse_address(true));
            acceptor_.bind(endpoint);
            acceptor_.listen(1024);
        } catch (const boost::system::system_error& failure) {
            throw std::runtime_error("cannot listen on " + options_.listen + ": " + failure.what());
        }
        port_ = acceptor_.local_endpoint().port();
        accept_thread_ = std::thread([this] { accept_loop(); });
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    ~Impl() {
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
            for (const auto& [id, descriptor] : descriptors_) {
                ::shutdown(descriptor, SHUT_RDWR);
            }
        }
        wake_.notify_all();
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        accept_thread_.join();
        for (Worker& worker : workers_) {
            worker.thread.join();
        }
    }

    std::uint16_t port() const {
        return port_;
    }

    void set_identity(const TlsIdentity& identity) {
        auto fresh = std::make_shared<TlsContext>(identity);
        const std::scoped_lock lock(mutex_);
        tls_ = std::move(fresh);
    }

    TransportCounters counters() const {
        const std::scoped_lock lock(mutex_);
        return counters_;
    }

private:
    struct Worker {
        std::thread thread;
        std::shared_ptr<std::atomic<bool>> done;
    };

    void accept_loop() {
        while (true) {
            auto context = std::make_shared<asio::io_context>(1);
            Error error;
            Tcp::socket socket = acceptor_.accept(*context, error);
            reap();
            const std::scoped_lock lock(mutex_);
            if (stopping_) {
                return;
            }
            if (error) {
                continue; // the peer left already, or we are out of descriptors for a moment
            }
            const std::uint64_t id = ++counters_.connections;
            ++counters_.open_connections;
            descriptors_[id] = socket.native_handle();
            auto done = std::make_shared<std::atomic<bool>>(false);
            workers_.push_back({std::thread([this, id, context, done, tls = tls_, owned = std::move(socket)]() mutable {
                                    run(id, *context, std::move(owned), tls);
                                    *done = true;
                                }),
                                done});
        }
    }

    void reap() {
        for (auto worker = workers_.begin(); worker != workers_.end();) {
            if (*worker->done) {
                worker->thread.join();
                worker = workers_.erase(worker);
            } else {
                ++worker;
            }
        }
    }

    void run(std::uint64_t id, asio::io_context& context, Tcp::socket socket, const std::shared_ptr<TlsContext>& tls) {
        Connection connection;
        connection.id = id;
        connection.front_end = options_.name_connection ? options_.name_connection() : "";
        Error error;
        socket.set_option(Tcp::no_delay(true), error);
        if (!tls) {
            serve(context, socket, socket, connection);
            forget(id);
            return;
        }
        connection.end_point_hash = tls->end_point;
        asio::ssl::stream<Tcp::socket&> stream(socket, tls->context);
        stream.handshake(asio::ssl::stream_base::server, error);
        if (error) {
            const std::scoped_lock lock(mutex_);
            ++counters_.failed_handshakes;
        } else if (serve(context, stream, socket, connection)) {
            stream.async_shutdown([](const Error&) {});
            context.restart();
            context.run_for(farewell_time);
        }
        // Forgotten before it is closed: the number of a closed descriptor may already be somebody else's.
        forget(id);
        context.stop();
    }

    void forget(std::uint64_t id) {
        const std::scoped_lock lock(mutex_);
        descriptors_.erase(id);
        --counters_.open_connections;
    }

    /** True if the connection may end with a farewell. */
    template <typename Stream>
    bool serve(asio::io_context& context, Stream& stream, Tcp::socket& socket, Connection& connection) {
        boost::beast::flat_buffer buffer;
        while (true) {
            http::request_parser<http::string_body> parser;
            parser.header_limit(header_limit);
            parser.body_limit(body_limit);
            Error error;
            if (!read_header(context, stream, socket, buffer, parser, error)) {
                return true;
            }
            if (!error && parser.get()[http::field::expect] == "100-continue") {
                asio::write(stream, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), error);
            }
            if (!error) {
                http::read(stream, buffer, parser, error);
            }
            if (error) {
                return answer_unreadable(stream, error);
            }
            const bool keep_alive = parser.keep_alive();
            begin_request();
            HttpResponse response = handler_(to_request(parser.release()), connection);
            response.close = response.close || !keep_alive;
            const bool good = deliver(stream, response);
            response.lease.reset();
            end_request();
            if (!good || response.close) {
                return good;
            }
        }
    }

    template <typename Stream>
    bool answer_unreadable(Stream& stream, const Error& error) {
        if (error == http::error::end_of_stream) {
            return true;
        }
        if (error.category() != http::make_error_code(http::error::bad_method).category()) {
            return false;
        }
        HttpResponse response;
        response.status = error == http::error::body_limit ? 413 : 400;
        response.close = true;
        Error ignored;
        asio::write(stream, asio::buffer(header_text(response)), ignored);
        return !ignored;
    }

    /**
     * False after the idle time: IIS closes connections on which nothing happens. Asynchronous, because the TLS stream
     * may hold bytes that poll() on the socket knows nothing of.
     */
    template <typename Stream, typename Parser>
    bool read_header(asio::io_context& context,
                     Stream& stream,
                     Tcp::socket& socket,
                     boost::beast::flat_buffer& buffer,
                     Parser& parser,
                     Error& result) {
        const auto limit = options_.idle_timeout ? options_.idle_timeout() : std::chrono::seconds(120);
        bool read = false;
        http::async_read_header(stream, buffer, parser, [&](const Error& error, std::size_t) {
            result = error;
            read = true;
        });
        context.restart();
        context.run_for(limit);
        if (read) {
            return true;
        }
        Error ignored;
        socket.cancel(ignored);
        context.restart();
        context.run();
        return false;
    }

    void begin_request() {
        const std::scoped_lock lock(mutex_);
        ++counters_.requests;
        ++counters_.open_requests;
        counters_.max_open_requests = std::max(counters_.max_open_requests, counters_.open_requests);
    }

    void end_request() {
        const std::scoped_lock lock(mutex_);
        --counters_.open_requests;
    }

    /** Waits, but not longer than the server lives. False if it ends. */
    bool wait(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return !wake_.wait_for(lock, time, [this] { return stopping_; });
    }

    template <typename Stream>
    static bool send(Stream& stream, std::string_view bytes) {
        Error error;
        asio::write(stream, asio::buffer(bytes), error);
        return !error;
    }

    /** False: the connection is to be closed without ceremony. */
    template <typename Stream>
    bool deliver(Stream& stream, const HttpResponse& response) {
        if (response.delay.count() > 0 && !wait(response.delay)) {
            return false;
        }
        const std::string header = header_text(response);
        const std::string_view body = response.head_only ? std::string_view() : std::string_view(response.body);
        switch (response.delivery) {
        case Delivery::normal:
            return send(stream, header + std::string(body));
        case Delivery::chunked:
            return send(stream, header + (response.head_only ? std::string() : chunked(body)));
        case Delivery::cut:
            send(stream, header + std::string(body.substr(0, body.size() / 2)));
            return false;
        case Delivery::close_before_answer:
            return false;
        case Delivery::raw:
            send(stream, body);
            return false;
        case Delivery::slow:
            return send_slowly(stream, header + std::string(body), response.rate);
        case Delivery::endless_header:
            return send_endless_header(stream, header);
        case Delivery::chunk_minus_two:
            send(stream, header + "-2\r\n" + std::string(body));
            return false;
        case Delivery::huge:
            return send_huge(stream, header, body, response.rate);
        }
        __builtin_unreachable();
    }

    static std::string chunked(std::string_view body) {
        std::string result;
        for (std::size_t at = 0; at < body.size(); at += chunk_size) {
            result += chunk(body.substr(at, chunk_size));
        }
        return result + "0\r\n\r\n";
    }

    template <typename Stream>
    bool send_slowly(Stream& stream, std::string_view bytes, std::int64_t rate) {
        const auto pause = std::chrono::milliseconds(rate >= 20 ? 50 : 1000 / rate);
        const auto piece = static_cast<std::size_t>(rate >= 20 ? rate / 20 : 1);
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            if (!send(stream, bytes.substr(at, piece)) || !wait(pause)) {
                return false;
            }
        }
        return true;
    }

    template <typename Stream>
    bool send_endless_header(Stream& stream, std::string_view header) {
        std::string lines(header.substr(0, header.size() - 2)); // without the blank line that would end it
        do {
            if (!send(stream, lines)) {
                return false;
            }
            lines.clear();
            for (int i = 0; i < 100; ++i) {
                lines += "X-Endless: 0123456789012345678901234567890123456789\r\n";
            }
        } while (wait(std::chrono::milliseconds(0)));
        return false;
    }

    template <typename Stream>
    bool send_huge(Stream& stream, std::string_view header, std::string_view body, std::int64_t mebibytes) {
        std::string piece;
        while (piece.size() < 1U << 20U) {
            piece += body;
        }
        piece.resize(1U << 20U);
        if (!send(stream, header)) {
            return false;
        }
        for (std::int64_t i = 0; i < mebibytes; ++i) {
            if (!send(stream, piece) || !wait(std::chrono::milliseconds(0))) {
                return false;
            }
        }
        return true;
    }

    Options options_;
    Handler handler_;
    asio::io_context accept_context_;
    Tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::shared_ptr<TlsContext> tls_;
    std::map<std::uint64_t, int> descriptors_;
    TransportCounters counters_;

    std::list<Worker> workers_; ///< of the accept thread, then of the destructor
    std::thread accept_thread_;
};

HttpServer::HttpServer(Options options, Handler handler) :
    impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
    return impl_->port();
}

void HttpServer::set_identity(const TlsIdentity& identity) {
    impl_->set_identity(identity);
}

TransportCounters HttpServer::counters() const {
    return impl_->counters();
}

} // namespace mailpreflight::simulator
