#include "daemon/api_connection.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <chrono>
#include <poll.h>

// The sending half of ApiConnection: what an answer becomes, documents, streams of lines.

namespace mailpreflight::daemon {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t chunk_size = std::size_t{64} << 10U;
constexpr std::string_view problem_type = "application/problem+json";

std::string text_of(const api::Problem& problem) {
    json::Value value = api::encode(problem);
    if (problem.problems.empty()) {
        value.erase("problems");
    }
    return json::write(value);
}

base::SystemTime now_of(const ApiServerOptions& options) {
    return options.clock != nullptr ? options.clock->now() : base::RealClock().now();
}

std::string chunk_of(const std::string& bytes) {
    return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

} // namespace

void ApiConnection::on_answer(const Call& call, Called called, const std::shared_ptr<LineQueue>& lines) {
    caller_.user = called.user;
    const bool keep_open = parser_->keep_alive() && !shared_.stopping;
    if (!called.thrown.empty()) {
        auto problem = api::problem(500, "the service failed inside; its journal tells more under this instance");
        problem.instance = fmt::format("urn:mailpreflight:failure:{:x}-{}",
                                       std::chrono::steady_clock::now().time_since_epoch().count(),
                                       ++shared_.failures);
        audit(std::string(call.route == nullptr ? "page" : call.route->info.name),
              500,
              problem.instance + ": " + called.thrown);
        called.answer = std::move(problem);
    } else if (call.route != nullptr) {
        const auto* const problem = std::get_if<api::Problem>(&called.answer);
        const auto* const document = std::get_if<Document>(&called.answer);
        if (problem != nullptr || call.route->info.privilege == api::Privilege::admin) {
            const int status = problem != nullptr ? problem->status : document != nullptr ? document->status : 200;
            audit(std::string(call.route->info.name), status, problem != nullptr ? problem->detail : "");
        }
    }
    if (phase_ == Phase::closed) {
        lines->detach();
        return;
    }
    if (const auto* const start = std::get_if<StreamStart>(&called.answer)) {
        start_stream(start->first_line);
        return;
    }
    lines->detach();
    lines_.reset();
    if (called.page) {
        write_document(200, called.page->content_type, std::move(called.page->body), keep_open);
    } else if (auto* const problem = std::get_if<api::Problem>(&called.answer)) {
        write_document(problem->status, std::string(problem_type), text_of(*problem), keep_open);
    } else {
        auto& document = std::get<Document>(called.answer);
        write_document(document.status, std::string(json_type), std::move(document.body), keep_open);
    }
}

// --- writing a document

void ApiConnection::refuse(const api::Problem& problem, bool keep_open, const std::string& more_headers) {
    audit(method_and_path_, problem.status, problem.detail);
    write_document(problem.status, std::string(problem_type), text_of(problem), keep_open, more_headers);
}

void ApiConnection::write_document(
    int status, const std::string& content_type, std::string body, bool keep_open, const std::string& more_headers) {
    phase_ = Phase::writing;
    arm(shared_.options.write_time);
    out_ = fmt::format("HTTP/1.1 {} {}\r\nServer: mailpreflight/{}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                       "Cache-Control: no-store\r\nConnection: {}\r\n{}\r\n",
                       status,
                       http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status))),
                       shared_.options.version,
                       content_type,
                       body.size(),
                       keep_open ? "keep-alive" : "close",
                       more_headers);
    out_ += head_only_ ? "" : body;
    asio::async_write(socket_,
                      asio::buffer(out_),
                      [self = shared_from_this(), keep_open](const boost::system::error_code& error, std::size_t) {
                          if (error) {
                              self->close();
                              return;
                          }
                          self->on_written(keep_open);
                      });
}

void ApiConnection::on_written(bool keep_open) {
    out_.clear();
    if (phase_ == Phase::closed) {
        return;
    }
    if (keep_open && !shared_.stopping) {
        wait_for_request();
        return;
    }
    linger();
}

/// Says that nothing more comes and reads what the client still sends for a moment: a close with unread bytes would
/// break its connection before it has read the answer.
void ApiConnection::linger() {
    boost::system::error_code ignored;
    socket_.shutdown(ApiSocket::shutdown_send, ignored);
    if (phase_ != Phase::lingering) {
        phase_ = Phase::lingering;
        arm(shared_.options.linger);
    }
    socket_.async_read_some(asio::buffer(trash_),
                            [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                                if (error || self->phase_ == Phase::closed) {
                                    self->close();
                                    return;
                                }
                                self->linger();
                            });
}

// --- writing a stream

void ApiConnection::start_stream(const std::string& first_line) {
    phase_ = Phase::streaming;
    const std::string first = first_line + "\n";
    std::string head = fmt::format("HTTP/1.1 200 OK\r\nServer: mailpreflight/{}\r\n"
                                   "Content-Type: application/x-ndjson\r\nCache-Control: no-store\r\n"
                                   "Connection: close\r\n{}\r\n",
                                   shared_.options.version,
                                   http_1_0_ ? "" : "Transfer-Encoding: chunked\r\n");
    watch_reader();
    write_stream(head + (http_1_0_ ? first : chunk_of(first)));
    if (shared_.stopping) {
        begin_stop();
    }
}

void ApiConnection::flush() {
    if (phase_ != Phase::streaming || stream_writing_ || stream_ended_) {
        return;
    }
    bool ended = false;
    const std::string bytes = lines_->take(chunk_size, ended);
    std::string out;
    if (!bytes.empty()) {
        out = http_1_0_ ? bytes : chunk_of(bytes);
    }
    if (ended) {
        stream_ended_ = true;
        out += http_1_0_ ? "" : "0\r\n\r\n";
    }
    if (!out.empty()) {
        write_stream(std::move(out));
    } else if (stream_ended_) {
        linger();
    } else {
        arm_heartbeat();
    }
}

void ApiConnection::write_stream(std::string bytes) {
    stream_writing_ = true;
    out_ = std::move(bytes);
    arm(shared_.options.stall_time);
    asio::async_write(
        socket_, asio::buffer(out_), [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
            self->stream_writing_ = false;
            self->timer_.cancel();
            if (error) {
                self->close();
            } else if (self->phase_ == Phase::streaming && self->stream_ended_) {
                self->linger();
            } else {
                self->flush();
            }
        });
}

/// Notices a reader that goes away. One that only closed its sending half stays: it is told apart by a hang-up.
void ApiConnection::watch_reader() {
    socket_.async_read_some(asio::buffer(trash_),
                            [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                                if (self->phase_ != Phase::streaming) {
                                    return;
                                }
                                if (!error) {
                                    self->watch_reader();
                                    return;
                                }
                                pollfd state{.fd = self->socket_.native_handle(), .events = 0, .revents = 0};
                                const bool gone = error != asio::error::eof || ::poll(&state, 1, 0) < 0 ||
                                                  (state.revents & (POLLHUP | POLLERR)) != 0;
                                if (gone) {
                                    self->close();
                                }
                            });
}

void ApiConnection::arm_heartbeat() {
    heartbeat_timer_.expires_after(shared_.options.heartbeat);
    heartbeat_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && self->phase_ == Phase::streaming && self->lines_) {
            self->lines_->send_line(api::line_of(api::Heartbeat{.at = now_of(self->shared_.options)}), false);
        }
    });
}

} // namespace mailpreflight::daemon
