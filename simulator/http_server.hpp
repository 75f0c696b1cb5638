#pragma once

#include "simulator/certificates.hpp"
#include "simulator/http_auth.hpp"
#include "simulator/http_message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mailpreflight::simulator {

/** What the server has seen, for the counters of the control API. */
struct TransportCounters {
    std::uint64_t connections = 0;
    std::uint64_t open_connections = 0;
    std::uint64_t requests = 0;
    std::uint64_t open_requests = 0;
    std::uint64_t max_open_requests = 0;
    std::uint64_t failed_handshakes = 0; ///< TLS
};

/**
 * An HTTP/1.1 server with one thread for each connection, with or without TLS. It starts in its constructor and ends,
 * promptly, in its destructor: sleeping and slow answers are cut short.
 */
class HttpServer {
public:
    using Handler = std::function<HttpResponse(const HttpRequest&, Connection&)>;

    struct Options {
        std::string listen = "127.0.0.1";
        std::uint16_t port = 0;                             ///< 0: any free one
        std::optional<TlsIdentity> identity;                ///< none: plain HTTP
        std::function<std::string()> name_connection;       ///< front-end name for a new connection; may be empty
        std::function<std::chrono::seconds()> idle_timeout; ///< may be empty: 120 s
    };

    /** Throws std::runtime_error if the address cannot be bound. */
    HttpServer(Options options, Handler handler);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    std::uint16_t port() const;
    /** For new connections; those that are open keep what they showed. */
    void set_identity(const TlsIdentity& identity);
    TransportCounters counters() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace mailpreflight::simulator
