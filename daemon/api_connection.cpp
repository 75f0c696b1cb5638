#include "daemon/api_connection.hpp"

#include "base/text.hpp"
#include "daemon/api_request_rules.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <pwd.h>

namespace mailpreflight::daemon {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t most_recorded = 200;

bool is_json(std::string_view content_type) {
    return base::equals_ignoring_case(base::trim(content_type.substr(0, content_type.find(';'))), json_type);
}

api::Problem no_such_path() {
    return api::problem(404, "no such path; docs/api.md lists them");
}

/// Looked up for writes only, by a worker: a name service may take its time.
std::string user_name(uid_t uid) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    return ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr ? entry.pw_name
                                                                                                    : "";
}

} // namespace

ApiConnection::ApiConnection(ApiSocket socket, api::Caller caller, ApiShared& shared, Place place) :
    socket_(std::move(socket)),
    caller_(std::move(caller)),
    shared_(shared),
    place_(place),
    timer_(shared.io),
    heartbeat_timer_(shared.io),
    buffer_(shared.options.most_request_bytes * 2) {
    ++place_.seats.open;
    place_.seats.served += place_.turned_away ? 0U : 1U;
}

void ApiConnection::start() {
    if (place_.turned_away) {
        method_and_path_ = "connect";
        refuse(api::problem(503,
                            fmt::format("there are {} connections already; close some, or try again in a moment",
                                        place_.seats.most)),
               false,
               "Retry-After: 1\r\n");
        return;
    }
    wait_for_request();
}

void ApiConnection::begin_stop() {
    boost::system::error_code ignored;
    const bool nothing_came = phase_ == Phase::idle && buffer_.size() == 0 && socket_.available(ignored) == 0;
    if (nothing_came) {
        close();
    } else if (phase_ == Phase::streaming && lines_) {
        lines_->send_line(api::line_of(api::Stopping{}), false);
        lines_->finish();
    }
}

void ApiConnection::close() {
    if (phase_ == Phase::closed) {
        return;
    }
    phase_ = Phase::closed;
    if (lines_) {
        lines_->detach();
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    heartbeat_timer_.cancel();
    --place_.seats.open;
    place_.seats.served -= place_.turned_away ? 0U : 1U;
    shared_.open.erase(shared_from_this());
}

// --- reading

void ApiConnection::wait_for_request() {
    phase_ = Phase::idle;
    parser_.emplace();
    head_only_ = false;
    method_and_path_ = "a request that did not arrive";
    arm(first_request_ ? shared_.options.request_time : shared_.options.idle_time);
    if (buffer_.size() > 0) {
        read_request();
        return;
    }
    socket_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
                                if (error) {
                                    self->on_read_error(error);
                                    return;
                                }
                                self->buffer_.commit(bytes);
                                self->read_request();
                            });
}

void ApiConnection::read_request() {
    phase_ = Phase::reading;
    if (!first_request_) {
        arm(shared_.options.request_time);
    }
    const auto most = shared_.options.most_request_bytes;
    parser_->header_limit(static_cast<std::uint32_t>(most));
    parser_->body_limit(most);
    http::async_read_header(socket_,
                            buffer_,
                            *parser_,
                            [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
                                if (error || self->timed_out_) {
                                    self->on_read_error(error);
                                    return;
                                }
                                self->on_header(bytes);
                            });
}

void ApiConnection::on_header(std::size_t header_bytes) {
    const auto most = shared_.options.most_request_bytes;
    const auto& request = parser_->get();
    const std::string_view method(request.method_string().data(), request.method_string().size());
    const std::string_view target(request.target().data(), request.target().size());
    method_and_path_ = base::shorten(base::to_valid_utf8(fmt::format("{} {}", method, target)), most_recorded);
    head_only_ = method == "HEAD";
    if (parser_->chunked() || !parser_->content_length()) {
        parser_->body_limit(most - std::min(header_bytes, most));
    } else if (header_bytes + *parser_->content_length() > most) {
        refuse(api::problem(413, fmt::format("a request has at most {} bytes, header and body", most)), false);
        return;
    }
    if (auto problem = problem_of_request(parser_->get(), caller_, shared_.options)) {
        refuse(*problem, false);
        return;
    }
    http::async_read(
        socket_, buffer_, *parser_, [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
            if (error || self->timed_out_) {
                self->on_read_error(error);
                return;
            }
            self->on_request();
        });
}

void ApiConnection::on_read_error(const boost::system::error_code& error) {
    if (phase_ == Phase::closed) {
        return;
    }
    if (timed_out_) {
        timed_out_ = false;
        if (phase_ == Phase::reading) {
            refuse(
                api::problem(
                    408, fmt::format("a request must arrive within {}", base::to_text(shared_.options.request_time))),
                false);
            return;
        }
        close();
        return;
    }
    const bool too_large =
        error == http::error::header_limit || error == http::error::body_limit || error == http::error::buffer_overflow;
    if (too_large) {
        refuse(api::problem(
                   413,
                   fmt::format("a request has at most {} bytes, header and body", shared_.options.most_request_bytes)),
               false);
        return;
    }
    const bool is_http_error = error.category() == http::make_error_code(http::error::bad_method).category();
    if (is_http_error && error != http::error::end_of_stream && error != http::error::partial_message) {
        refuse(api::problem(400, "this is not HTTP/1.1: " + error.message()), false);
        return;
    }
    close();
}

void ApiConnection::on_request() {
    first_request_ = false;
    const auto& request = parser_->get();
    const bool keep_open = parser_->keep_alive() && !shared_.stopping;
    http_1_0_ = request.version() < 11;
    const std::string method(request.method_string());
    const std::string target(request.target());
    const auto question = target.find('?');
    const std::string path = target.substr(0, question);
    const std::string query = question == std::string::npos ? "" : target.substr(question + 1);

    const bool reads = method == "GET" || method == "HEAD";
    if (place_.pages_only && !reads) {
        refuse(api::problem(405, "this port is for reading metrics"), keep_open, "Allow: GET, HEAD\r\n");
        return;
    }
    RouteMatch match = place_.pages_only ? RouteMatch{} : find_route(method, path);
    if (match.route == nullptr && !match.allow.empty()) {
        refuse(api::problem(405, path + " takes " + match.allow), keep_open, "Allow: " + match.allow + "\r\n");
        return;
    }
    if (match.route == nullptr && (!reads || !shared_.options.page)) {
        refuse(no_such_path(), keep_open);
        return;
    }
    if (match.route == nullptr && !query.empty()) {
        refuse(api::problem(400, "a page takes no query"), keep_open);
        return;
    }
    if (match.route == nullptr) {
        call_service({.route = nullptr, .method = method, .path = path, .fields = {}});
        return;
    }
    const api::CallInfo& info = match.route->info;
    if (info.privilege == api::Privilege::admin && caller_.granted != api::Privilege::admin) {
        refuse(api::problem(403, "this socket is for viewing; use the control socket"), keep_open);
        return;
    }
    if (info.method != api::Method::post && !request.body().empty()) {
        refuse(api::problem(400, method + " takes no body"), keep_open);
        return;
    }
    const auto content_type = request[http::field::content_type];
    const bool has_type = request.find(http::field::content_type) != request.end();
    if ((has_type || !request.body().empty()) && info.method == api::Method::post &&
        !is_json({content_type.data(), content_type.size()})) {
        refuse(api::problem(415, "send application/json"), keep_open);
        return;
    }
    auto fields = api::fields_of(match.path_fields, query, request.body());
    if (!fields) {
        refuse(api::problem_of(fields.error()), keep_open);
        return;
    }
    call_service({.route = match.route, .method = method, .path = path, .fields = std::move(*fields)});
}

// --- calling

void ApiConnection::call_service(Call call) {
    phase_ = Phase::calling;
    timer_.cancel();
    // The wake function holds the connection weakly, and posts: it may be called under any lock of the service.
    auto lines =
        std::make_shared<LineQueue>(shared_.options.most_pending_bytes, [weak = weak_from_this(), &io = shared_.io] {
            asio::post(io, [weak] {
                if (const auto self = weak.lock()) {
                    self->flush();
                }
            });
        });
    lines_ = lines;
    asio::post(shared_.workers,
               [self = shared_from_this(),
                call = std::move(call),
                lines = std::move(lines),
                keep_running = asio::make_work_guard(shared_.io)]() mutable {
                   auto called = self->answer_of(call, lines);
                   asio::post(keep_running.get_executor(),
                              [self, call = std::move(call), called = std::move(called), lines]() mutable {
                                  self->on_answer(call, std::move(called), lines);
                              });
               });
}

/// Runs on a worker: touches nothing of the connection that the API's thread changes meanwhile.
ApiConnection::Called ApiConnection::answer_of(const Call& call, const std::shared_ptr<LineQueue>& lines) const {
    Called called;
    try {
        if (call.route == nullptr) {
            called.page = shared_.options.page(call.path);
            if (!called.page) {
                called.answer = no_such_path();
            }
            return called;
        }
        api::Caller caller = caller_;
        if (call.route->info.privilege == api::Privilege::admin) {
            called.user = caller.user = user_name(caller.uid);
        }
        called.answer = call.route->answer(shared_.service, caller, call.fields, lines);
    } catch (const std::exception& error) {
        called.thrown = error.what();
        called.thrown = called.thrown.empty() ? "an exception without a word" : called.thrown;
    } catch (...) {
        called.thrown = "something that is no exception";
    }
    return called;
}

// --- time and records

void ApiConnection::arm(std::chrono::milliseconds time) {
    timed_out_ = false;
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        // A timer that was set anew while this waited in the queue has an expiry ahead of now.
        if (!error && self->timer_.expiry() <= std::chrono::steady_clock::now()) {
            self->on_timeout();
        }
    });
}

void ApiConnection::on_timeout() {
    if (phase_ == Phase::reading) {
        timed_out_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
        return;
    }
    if (phase_ != Phase::calling) {
        close();
    }
}

void ApiConnection::audit(std::string call, int status, std::string detail) const {
    shared_.audit({.caller = caller_,
                   .call = std::move(call),
                   .target = method_and_path_,
                   .status = status,
                   .detail = std::move(detail)});
}

} // namespace mailpreflight::daemon
