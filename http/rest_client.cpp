#include "http/rest_client.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "http/plain_request.hpp"
#include "http/rest_pool.hpp"
#include "http/wire_text.hpp"
#include "net/address.hpp"
#include "net/tls_client.hpp"

#include <cpprest/http_client.h>
#include <cpprest/rawptrstream.h>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <stdexcept>

// docs/adr/0007 says what cpprestsdk does if it is let, and which line below holds it back.
namespace mailpreflight::http {

namespace {

using core::Cause;
using core::Stage;
namespace streams = concurrency::streams;

/// Beside header and body: the handshake, with certificates, and what records cost.
constexpr std::size_t tls_bytes = 128 * 1024;

/// Where an answer's body goes: memory of fixed size, wiped in the end (it may be a token). The library's own buffer
/// for that throws into its pool thread, which ends the process, when a chunk claims "-2" bytes after others.
class FixedBuffer final : public streams::details::basic_rawptr_buffer<std::uint8_t> {
public:
    explicit FixedBuffer(std::size_t size) :
        bytes_(size, '\0') {}
    ~FixedBuffer() override {
        base::wipe(bytes_);
    }

    [[nodiscard]] std::string text() const {
        return bytes_.substr(0, used_);
    }

private:
    pplx::task<std::size_t> _putn(const std::uint8_t* from, std::size_t count) override {
        if (count > bytes_.size() - used_) {
            return pplx::task_from_exception<std::size_t>(std::length_error("no room for the body"));
        }
        std::memcpy(bytes_.data() + used_, from, count);
        used_ += count;
        return pplx::task_from_result(count);
    }
    std::uint8_t* _alloc(std::size_t) override {
        return nullptr; // whoever wants to write in place falls back on _putn
    }

    std::string bytes_;
    std::size_t used_ = 0;
};

/// What the connection touches. Its TLS context owns it, too, as a request may end before its connection does.
struct Wire {
    Wire(const net::Target& target, const Request& request, const Limits& limits) :
        sent_body(request.body),
        most(limits.header_bytes + limits.body_bytes + tls_bytes),
        judge(target) {}
    ~Wire() {
        base::wipe(sent_body);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    std::string sent_body;
    const std::size_t most; ///< bytes of TLS records
    net::TlsJudge judge;
    std::atomic<bool> speaks_tls{false};    ///< the first byte of a handshake has left
    std::atomic<bool> began_to_send{false}; ///< a byte of the request may have left
    std::atomic<std::size_t> received{0};   ///< bytes of TLS records
    std::atomic<bool> flooded{false};
    std::mutex mutex;
    std::condition_variable_any changed; ///< flooded, or Exchange::done
};

/// One request under way. The library's callbacks hold it, too: it outlives a caller whose deadline passed. From
/// send() on `cancel` and `client` are the pool thread's.
struct Exchange {
    Exchange(const net::Target& to, const Request& request, const Limits& most) :
        target(to),
        limits(most),
        wire(std::make_shared<Wire>(target, request, limits)),
        received_body(std::make_shared<FixedBuffer>(limits.body_bytes)) {}

    const net::Target target;
    const Limits limits;
    const std::shared_ptr<Wire> wire;
    std::shared_ptr<X509_STORE> store;
    std::shared_ptr<FixedBuffer> received_body;
    pplx::cancellation_token_source cancel;
    std::unique_ptr<web::http::client::http_client> client;

    // Under the wire's mutex:
    bool done = false;
    std::exception_ptr error;
    web::http::http_response response;
};

/// OpenSSL tells of each record. The library has no limit of its own for header and chunks, and the socket of a fresh
/// connection is out of our sight: so the records are counted here, and the caller, who waits, ends it. (To end it here
/// would take the lock of the connection that is being read.)
void note_record(int is_written, int, int type, const void* bytes, std::size_t size, SSL* ssl, void* argument) {
    auto& wire = *static_cast<Wire*>(argument);
    if (type != SSL3_RT_HEADER || size < SSL3_RT_HEADER_LENGTH) {
        return;
    }
    if (is_written != 0) {
        wire.speaks_tls = true;
        if (SSL_is_init_finished(ssl) != 0) {
            wire.began_to_send = true;
        }
        return;
    }
    const auto* const header = static_cast<const unsigned char*>(bytes);
    const std::size_t length = SSL3_RT_HEADER_LENGTH + header[3] * std::size_t{256} + header[4];
    if ((wire.received += length) > wire.most && !wire.flooded.exchange(true)) {
        const std::lock_guard lock(wire.mutex);
        wire.changed.notify_all();
    }
}

void free_wire(void*, void* wire, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<std::shared_ptr<Wire>*>(wire);
}

/// The context owns the wire from here on.
void give_wire(SSL_CTX* context, const std::shared_ptr<Wire>& wire) {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_wire);
    auto owner = std::make_unique<std::shared_ptr<Wire>>(wire);
    if (SSL_CTX_set_ex_data(context, index, owner.get()) != 1) {
        throw std::runtime_error("OpenSSL gives no client context");
    }
    static_cast<void>(owner.release());
}

/// TLS 1.2 or later at security level 2, our own authorities, and the same judgement as for a source.
void set_up_tls(boost::asio::ssl::context& context, Exchange& exchange) {
    SSL_CTX* const handle = context.native_handle();
    if (SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(handle, "DEFAULT:@SECLEVEL=2") != 1) {
        throw std::runtime_error("OpenSSL gives no client context");
    }
    SSL_CTX_set1_cert_store(handle, exchange.store.get());
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(handle, SSL_OP_NO_TICKET);
    give_wire(handle, exchange.wire);
    exchange.wire->judge.attach(handle);
    SSL_CTX_set_msg_callback(handle, &note_record);
    SSL_CTX_set_msg_callback_arg(handle, exchange.wire.get());
}

/// Fields that are the library's own. Host would change where it connects and whom it believes.
bool is_the_librarys(std::string_view name) {
    constexpr std::array fields{
        "host", "content-type", "content-length", "transfer-encoding", "connection", "expect", "accept-encoding"};
    return std::any_of(
        fields.begin(), fields.end(), [&](const char* field) { return base::equals_ignoring_case(field, name); });
}

void note_end(Exchange& exchange, web::http::http_response response, std::exception_ptr error) {
    const std::lock_guard lock(exchange.wire->mutex);
    exchange.done = true;
    exchange.error = std::move(error);
    exchange.response = std::move(response);
    exchange.wire->changed.notify_all();
}

/// On the pool thread.
void send(const std::shared_ptr<Exchange>& exchange, const web::http::http_request& message) {
    try {
        exchange->client->request(message, exchange->cancel.get_token())
            .then([](web::http::http_response response) { return response.content_ready(); })
            // By task, and catching all: an error that nobody looks at ends the process.
            .then([exchange](const pplx::task<web::http::http_response>& task) {
                try {
                    note_end(*exchange, task.get(), nullptr);
                } catch (...) {
                    note_end(*exchange, {}, std::current_exception());
                }
            });
    } catch (...) {
        note_end(*exchange, {}, std::current_exception());
    }
}

void start(const std::shared_ptr<Exchange>& exchange, const Request& request, const base::Deadline& deadline) {
    web::http::client::http_client_config config;
    config.set_max_redirects(0); // it would take Authorization to any host
    // Each step gets more than the whole: the deadline is ours.
    config.set_timeout(deadline.left() + std::chrono::seconds(5));
    config.set_ssl_context_callback([weak = std::weak_ptr(exchange)](boost::asio::ssl::context& context) {
        if (const auto alive = weak.lock()) {
            set_up_tls(context, *alive);
        }
    });
    const net::Target& target = exchange->target;
    const bool is_ipv6 = target.host.find(':') != std::string::npos;
    exchange->client = std::make_unique<web::http::client::http_client>(
        fmt::format("https://{}{}{}:{}", is_ipv6 ? "[" : "", target.host, is_ipv6 ? "]" : "", target.port), config);

    web::http::http_request message(request.method);
    message.set_request_uri(request.target);
    for (const Headers::Field& field : request.headers.fields()) {
        if (!is_the_librarys(field.name)) {
            message.headers().add(field.name, field.value);
        }
    }
    if (const std::string& sent = exchange->wire->sent_body; !sent.empty()) {
        // Read from where it stands: a copy of ours would not be wiped.
        const streams::rawptr_buffer<std::uint8_t> body(reinterpret_cast<const std::uint8_t*>(sent.data()),
                                                        sent.size());
        message.set_body(body.create_istream(), sent.size(), std::string(request.headers.first("Content-Type")));
    }
    message.set_response_stream(streams::streambuf<std::uint8_t>(exchange->received_body).create_ostream());
    on_rest_thread([exchange, message] { send(exchange, message); });
}

/// Ends it, if it goes on; either way the caller's hold on it ends on the pool thread.
void let_go(std::shared_ptr<Exchange> exchange) {
    on_rest_thread([exchange = std::move(exchange)] {
        if (!exchange->done) {
            exchange->cancel.cancel();
        }
    });
}

Stage stage_of(const Exchange& exchange) {
    return exchange.wire->began_to_send ? Stage::exchange : exchange.wire->speaks_tls ? Stage::tls : Stage::connect;
}

core::Outcome<Response> out_of_time(const Exchange& exchange, const base::Deadline& deadline) {
    const Stage stage = stage_of(exchange);
    if (deadline.stop.stop_requested()) {
        return core::failed(stage, Cause::no_answer, "stopped");
    }
    return core::failed(stage,
                        stage == Stage::connect ? Cause::tcp_timeout : Cause::no_answer,
                        fmt::format("{} did not answer in time", exchange.target.host));
}

core::Outcome<Response> too_large(const Exchange& exchange) {
    return core::failed(Stage::exchange,
                        Cause::answer_too_large,
                        fmt::format("more than {} KiB of header or {} KiB of body",
                                    exchange.limits.header_bytes / 1024,
                                    exchange.limits.body_bytes / 1024));
}

/// What the library threw, by type and code: its texts are misleading.
core::Outcome<Response> failure_of(const Exchange& exchange) {
    int code = 0;
    std::string text;
    try {
        std::rethrow_exception(exchange.error);
    } catch (const web::http::http_exception& error) {
        code = error.error_code().value();
        text = error.what();
    } catch (const std::length_error&) {
        return too_large(exchange);
    } catch (const std::exception& error) {
        text = error.what();
    }
    const std::string told =
        fmt::format("{} (code {})", base::shorten(base::to_valid_utf8(text), 120), static_cast<unsigned>(code));
    switch (stage_of(exchange)) {
    case Stage::resolve:
    case Stage::connect:
        return core::failed(Stage::connect, code == ETIMEDOUT ? Cause::tcp_timeout : Cause::tcp_unreachable, told);
    case Stage::tls:
        return tl::unexpected(exchange.wire->judge.failure(static_cast<unsigned int>(code), told));
    case Stage::authenticate:
    case Stage::exchange:
    case Stage::judge:
        break;
    }
    // No code: the bytes came, and were none of HTTP.
    return core::failed(Stage::exchange, code == 0 ? Cause::not_http : Cause::connection_lost, told);
}

core::Outcome<Response> response_of(const Exchange& exchange, base::Duration took) {
    const web::http::http_response& got = exchange.response;
    Response response;
    response.status = got.status_code();
    if (response.status < 200 || response.status > 599) {
        return core::failed(Stage::exchange, Cause::not_http, fmt::format("HTTP status {}", response.status));
    }
    response.reason = got.reason_phrase();
    response.took = took;
    response.keeps_alive = false;
    std::size_t size = 0;
    for (const auto& [name, value] : got.headers()) {
        size += name.size() + value.size();
        response.headers.add(name, value);
    }
    if (size > exchange.limits.header_bytes) {
        return too_large(exchange);
    }
    response.body = exchange.received_body->text();
    return response;
}

} // namespace

core::Outcome<Response> ask_service(net::Network& network,
                                    const net::Target& target,
                                    const Request& request,
                                    const base::Deadline& deadline,
                                    const Limits& limits,
                                    Transport transport) {
    if (!is_rest_client_prepared()) {
        throw std::logic_error("prepare_rest_client() was not called");
    }
    if (transport == Transport::plain) {
        return ask_plainly(network, target, request, deadline, limits);
    }
    if (!is_sendable(request)) {
        return core::failed(Stage::connect, Cause::internal_error, "the request is not valid HTTP");
    }
    // The library resolves by itself, without a deadline and one name after the other in the whole process: a name that
    // hangs must not come to it.
    if (const auto addresses = network.resolver().resolve(target.host, deadline); !addresses) {
        return tl::unexpected(addresses.error());
    }
    auto exchange = std::make_shared<Exchange>(target, request, limits);
    auto store = network.ca_stores().load(target.tls.ca_file);
    if (!store) {
        return tl::unexpected(std::move(store.error()));
    }
    exchange->store = std::move(*store);
    const auto started = std::chrono::steady_clock::now();
    start(exchange, request, deadline);

    Wire& wire = *exchange->wire;
    std::unique_lock lock(wire.mutex);
    wire.changed.wait_until(lock, deadline.stop, deadline.at, [&] { return exchange->done || wire.flooded; });
    const auto took = std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started);
    auto outcome = wire.flooded      ? too_large(*exchange)
                   : !exchange->done ? out_of_time(*exchange, deadline)
                   : exchange->error ? failure_of(*exchange)
                                     : response_of(*exchange, took);
    lock.unlock();
    let_go(std::move(exchange));
    return outcome;
}

} // namespace mailpreflight::http
