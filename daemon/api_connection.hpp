#pragma once

#include "daemon/api_routes.hpp"
#include "daemon/api_server.hpp"
#include "daemon/line_queue.hpp"

// Boost 1.74's asio needs it before itself.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

// Private to api_server.cpp, api_connection.cpp (its life, reading, calling) and api_connection_write.cpp (answers and
// streams): one connection of the API.

namespace mailpreflight::daemon {

/// The type of what is taken and of what is answered.
constexpr std::string_view json_type = "application/json";

/// UNIX or TCP.
using ApiSocket = boost::asio::generic::stream_protocol::socket;

class ApiConnection;

/// The connections that may be open at a time through one kind of listener.
struct Seats {
    std::size_t most = 0;
    std::size_t open = 0;
    std::size_t served = 0; ///< of `open`: those that are not turned away
};

/// What the connections of a server share. Touched by the API's thread alone, but for service, pool and options.
struct ApiShared {
    api::Service& service;
    ApiServerOptions options;
    boost::asio::io_context& io;
    boost::asio::thread_pool& workers;
    Seats seats_of_calls{.most = options.most_connections};
    Seats seats_of_pages{.most = options.most_page_connections};
    std::set<std::shared_ptr<ApiConnection>> open;
    bool stopping = false;
    std::uint64_t failures = 0;

    void audit(const AuditRecord& record) const {
        if (options.audit) {
            options.audit(record);
        }
    }
};

/// Every member function runs on the API's thread. Keeps itself alive in ApiShared::open until it is closed.
class ApiConnection : public std::enable_shared_from_this<ApiConnection> {
public:
    /// What it may do, and where it is counted.
    struct Place {
        Seats& seats;
        bool pages_only = false;
        bool turned_away = false;
    };
    ApiConnection(ApiSocket socket, api::Caller caller, ApiShared& shared, Place place);

    void start();
    /// Ends after the answer that is under way; at once when there is none.
    void begin_stop();
    void close();

    [[nodiscard]] bool is_turned_away() const {
        return place_.turned_away;
    }

private:
    struct Call {
        const Route* route = nullptr; ///< null: a page
        std::string method;
        std::string path;
        json::Value fields;
    };
    struct Called {
        RouteAnswer answer;
        std::optional<ApiPage> page;
        std::string thrown;
        std::string user;
    };

    // reading
    void wait_for_request();
    void read_request();
    void on_header(std::size_t header_bytes);
    void on_request();
    void on_read_error(const boost::system::error_code& error);
    // calling
    void call_service(Call call);
    [[nodiscard]] Called answer_of(const Call& call, const std::shared_ptr<LineQueue>& lines) const;
    // answering, in documents
    void on_answer(const Call& call, Called called, const std::shared_ptr<LineQueue>& lines);
    void refuse(const api::Problem& problem, bool keep_open, const std::string& allow = {});
    void write_document(int status,
                        const std::string& content_type,
                        std::string body,
                        bool keep_open,
                        const std::string& more_headers = {});
    void on_written(bool keep_open);
    void linger();
    // answering, in streams
    void start_stream(const std::string& first_line);
    void flush();
    void write_stream(std::string bytes);
    void watch_reader();
    void arm_heartbeat();

    void arm(std::chrono::milliseconds time);
    void on_timeout();
    void audit(std::string call, int status, std::string detail) const;

    ApiSocket socket_;
    api::Caller caller_;
    ApiShared& shared_;
    const Place place_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer heartbeat_timer_;
    boost::beast::flat_buffer buffer_;
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
    std::string method_and_path_; ///< of the request under way, shortened, for records
    enum class Phase { idle, reading, calling, writing, streaming, lingering, closed } phase_ = Phase::idle;
    bool timed_out_ = false;
    bool first_request_ = true;

    // The answer under way.
    bool http_1_0_ = false;
    bool head_only_ = false;
    std::string out_;
    std::shared_ptr<LineQueue> lines_;
    bool stream_writing_ = false;
    bool stream_ended_ = false; ///< its last chunk is out, or on its way
    std::array<char, 1024> trash_{};
};

} // namespace mailpreflight::daemon
