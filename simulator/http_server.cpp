#include "simulator/http_server.hpp"

#include "simulator/answer_writer.hpp"

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
            const bool good = AnswerWriter<Stream>(stream, [this](std::chrono::milliseconds time) {
                                  return wait(time);
                              }).write(response);
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
