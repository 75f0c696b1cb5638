#pragma once

#include "api/caller.hpp"
#include "api/service.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "daemon/api_socket.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::daemon {

/// A listening socket, by systemd, bind_unix_socket() or bind_loopback(), and the most that may be done through it.
struct ApiListener {
    base::UniqueFd socket;
    api::Privilege grants = api::Privilege::view;
    bool pages_only = false; ///< no call is served, GET and HEAD of pages alone: TCP, where nobody knows who connects
};

/// For the journal: every write, whatever came of it, and every refusal. A stranger can cause refusals without end: who
/// logs them limits their rate.
struct AuditRecord {
    api::Caller caller;
    std::string call;   ///< "acknowledge"; of what is no call: "GET /nowhere", shortened
    std::string target; ///< path as it came, shortened
    int status = 0;     ///< HTTP
    std::string detail; ///< of a problem; of one 500 also what was thrown

    bool operator==(const AuditRecord&) const = default;
};

/// Something that is served as it is beside the calls: /metrics, the board.
struct ApiPage {
    std::string content_type;
    std::string body;
};

struct ApiServerOptions {
    std::string version;
    const base::Clock* clock = nullptr;            ///< for the times in heartbeats; null: the real one
    std::function<void(const AuditRecord&)> audit; ///< called by the API's thread: must not block
    /// Asked, by a worker, for GET and HEAD of what is no call; nothing means 404.
    std::function<std::optional<ApiPage>(std::string_view path)> page;
    std::size_t most_connections = 64;
    /// Of pages_only listeners, counted apart: whoever may open those keeps nobody from the sockets.
    std::size_t most_page_connections = 16;
    std::size_t most_request_bytes = std::size_t{64} << 10U; ///< header and body together
    std::size_t most_pending_bytes = std::size_t{1} << 20U;  ///< of a stream whose reader is slow
    std::size_t workers = 4;
    std::chrono::milliseconds request_time{
        10'000};                                 ///< from the first byte (of a new connection: from accept) to the last
    std::chrono::milliseconds idle_time{30'000}; ///< between the requests of a connection
    std::chrono::milliseconds write_time{30'000};  ///< to take an answer that is one document
    std::chrono::milliseconds stall_time{120'000}; ///< without taking a byte of a stream
    std::chrono::milliseconds heartbeat{15'000};
    std::chrono::milliseconds linger{1'000};     ///< to read on after a refusal, so that it arrives
    uid_t overflow_uid = daemon::overflow_uid(); ///< who comes with it is nobody we know: refused
    gid_t overflow_gid = daemon::overflow_gid();
};

/// HTTP/1.1 on UNIX sockets, and for pages on loopback TCP. One thread does all of the input and output,
/// asynchronously, so a slow client or an open stream costs a file descriptor and nothing else; it never waits. The
/// service's functions may block (SQLite, the judge), so they run on a few workers: at most one call a connection, so
/// their queue is bounded by the connections.
class ApiServer {
public:
    /// Starts serving. The service must outlive the server.
    ApiServer(std::vector<ApiListener> listeners, api::Service& service, ApiServerOptions options);
    /// Stops at once if stop() was not called, and waits for calls that are still inside the service.
    ~ApiServer();
    ApiServer(const ApiServer&) = delete;
    ApiServer& operator=(const ApiServer&) = delete;

    /// Accepts no more, lets running calls answer, ends streams with a last line; what is not over by then is cut. Call
    /// it while the service still works. True when everything ended by itself.
    bool stop(std::chrono::milliseconds within);

    /// When the API's thread last took a turn of its once-a-second tick: for the watchdog.
    [[nodiscard]] std::chrono::steady_clock::time_point last_tick() const;
    /// Open connections now.
    [[nodiscard]] std::size_t connections() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace mailpreflight::daemon
