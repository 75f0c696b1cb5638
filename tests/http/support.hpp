#pragma once

#include "base/deadline.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "core/credential_gate.hpp"
#include "http/lane.hpp"
#include "tests/net/test_certificates.hpp"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <vector>

/// A TLS server of raw bytes, in the test's own process: each connection plays a script. Nothing of it is ours but the
/// listening: a misreading of HTTP cannot agree with itself.
namespace mailpreflight::testing {

using namespace std::chrono_literals;

struct Received {
    std::string line; ///< "POST /x HTTP/1.1"
    std::string head; ///< all of it
    std::string body;

    /// Value of a field, "" when absent; names compare without case.
    [[nodiscard]] std::string field(std::string_view name) const {
        for (const std::string& row : base::split(head, '\n')) {
            const auto colon = row.find(':');
            if (colon != std::string::npos && base::equals_ignoring_case(row.substr(0, colon), name)) {
                return std::string(base::trim(std::string_view(row).substr(colon + 1)));
            }
        }
        return {};
    }
};

class ServerSide {
public:
    ServerSide(SSL* ssl, int fd, X509* certificate) :
        ssl_(ssl),
        fd_(fd),
        certificate_(certificate) {}

    /// One request with its body; nothing when the client has gone.
    std::optional<Received> read() {
        std::string text = std::exchange(rest_, {});
        std::size_t end = 0;
        while ((end = text.find("\r\n\r\n")) == std::string::npos) {
            if (!more(text)) {
                return std::nullopt;
            }
        }
        Received received{.line = text.substr(0, text.find("\r\n")), .head = text.substr(0, end + 2), .body = {}};
        const std::string length = received.field("Content-Length");
        const std::size_t size = length.empty() ? 0 : std::stoul(length);
        while (text.size() < end + 4 + size) {
            if (!more(text)) {
                return std::nullopt;
            }
        }
        received.body = text.substr(end + 4, size);
        rest_ = text.substr(end + 4 + size);
        return received;
    }

    /// One line with its end; what came so far when the client has gone.
    std::string line() {
        std::string text = std::exchange(rest_, {});
        while (text.find('\n') == std::string::npos && more(text)) {
        }
        const std::size_t found = text.find('\n');
        const std::size_t end = found == std::string::npos ? text.size() : found + 1;
        rest_ = text.substr(end);
        return text.substr(0, end);
    }

    bool write(std::string_view text) {
        if (ssl_ == nullptr) {
            return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
        }
        return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
    }

    /// A whole answer with Content-Length; `head` are further fields, each with CRLF.
    bool answer(std::string_view status, std::string_view head = "", std::string_view body = "") {
        return write(fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, head, body.size(), body));
    }

    /// Ends TLS and TCP as a well-behaved server does.
    void close() {
        if (ssl_ != nullptr) {
            SSL_shutdown(ssl_);
        }
        cut();
    }

    /// Ends TCP in the middle.
    void cut() const {
        ::shutdown(fd_, SHUT_RDWR);
    }

    /// Waits until the client has gone.
    void await_end() {
        std::string ignored;
        while (more(ignored)) {
            ignored.clear();
        }
    }

    [[nodiscard]] X509* certificate() const {
        return certificate_;
    }

private:
    bool more(std::string& text) {
        std::array<char, 16 * 1024> chunk;
        const auto got = ssl_ == nullptr ? ::recv(fd_, chunk.data(), chunk.size(), 0)
                                         : SSL_read(ssl_, chunk.data(), static_cast<int>(chunk.size()));
        if (got > 0) {
            text.append(chunk.data(), static_cast<std::size_t>(got));
        }
        return got > 0;
    }

    SSL* ssl_;
    int fd_;
    X509* certificate_;
    std::string rest_;
};

struct ServerOptions {
    int newest_protocol = 0; ///< 0: all
    bool speaks_tls = true;
    bool is_plain = false;  ///< plays its script without TLS
    bool handshakes = true; ///< false: takes the connection and is silent
};

class TestServer {
public:
    using Script = std::function<void(ServerSide&)>;

    explicit TestServer(Script script,
                        TestCertificate certificate = ordinary_certificate(),
                        ServerOptions options = {}) :
        script_(std::move(script)),
        certificate_(std::move(certificate)),
        options_(options),
        context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        static const bool quiet = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
        EXPECT_TRUE(quiet);
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_use_certificate(context_.get(), certificate_.certificate.get());
        SSL_CTX_use_PrivateKey(context_.get(), certificate_.key.get());
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), options_.newest_protocol);
        SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_.get(), generic, sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 64), 0);
        socklen_t size = sizeof address;
        getsockname(listener_.get(), generic, &size);
        port_ = ntohs(address.sin_port);
        accepter_ = std::thread([this] { accept_all(); });
    }

    ~TestServer() {
        stopping_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        accepter_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const base::UniqueFd& socket : sockets_) {
                ::shutdown(socket.get(), SHUT_RDWR);
            }
        }
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    [[nodiscard]] unsigned short port() const {
        return port_;
    }
    [[nodiscard]] int connections() const {
        return connections_;
    }
    /// Waits until that many connections were taken.
    void await_connections(int count) {
        std::unique_lock lock(mutex_);
        taken_.wait(lock, [&] { return connections_ >= count; });
    }

    static const TestCertificate& ordinary_certificate() {
        static const TestCertificate certificate = make_certificate({.issuer = &test_authority()});
        return certificate;
    }

private:
    void accept_all() {
        while (!stopping_) {
            base::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!socket.valid()) {
                continue;
            }
            const int on = 1; // else an answer waits 40 ms for the client to acknowledge the session tickets
            setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            const std::lock_guard lock(mutex_);
            const int fd = socket.get();
            sockets_.push_back(std::move(socket));
            ++connections_; // before it is served: who was answered may ask for it
            threads_.emplace_back([this, fd] { serve(fd); });
            taken_.notify_all();
        }
    }

    void serve(int fd) {
        if (!options_.speaks_tls) {
            const std::string_view text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
            [[maybe_unused]] const auto written = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
            return;
        }
        if (options_.is_plain) {
            ServerSide side(nullptr, fd, nullptr);
            script_(side);
            ::shutdown(fd, SHUT_RDWR);
            return;
        }
        if (!options_.handshakes) {
            return; // the socket stays open until the server dies
        }
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
        SSL_set_fd(ssl.get(), fd);
        if (SSL_accept(ssl.get()) != 1) {
            ::shutdown(fd, SHUT_RDWR);
            return;
        }
        ServerSide side(ssl.get(), fd, certificate_.certificate.get());
        script_(side);
        ::shutdown(fd, SHUT_RDWR);
    }

    Script script_;
    TestCertificate certificate_;
    ServerOptions options_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    base::UniqueFd listener_;
    unsigned short port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::mutex mutex_;
    std::condition_variable taken_;
    std::vector<base::UniqueFd> sockets_;
    std::vector<std::thread> threads_;
    std::thread accepter_;
};

/// A network where every name is this machine, and the authority of the test certificates.
class TestNetwork {
public:
    TestNetwork() :
        network_([](const std::string&) -> core::Outcome<std::vector<net::Address>> {
            return std::vector<net::Address>{{"127.0.0.1"}};
        }),
        ca_file_(test_authority().pem()) {}

    [[nodiscard]] net::Target target(const TestServer& server) const {
        return {.host = "mail.contoso.example", .port = server.port(), .tls = {.ca_file = ca_file_.path()}};
    }
    core::Outcome<http::Lane> open(const TestServer& server, http::Limits limits = {}) {
        return http::Lane::open(network_, target(server), base::Deadline::in(10s), nullptr, limits);
    }
    net::Network& operator*() {
        return network_;
    }

private:
    net::Network network_;
    TestFile ca_file_;
};

/// A gate that lets everybody through, or nobody, and writes down who came and what came of it.
class RecordingGate final : public core::CredentialGate {
public:
    struct Finish {
        core::PresentationResult result;
        std::string why;
        bool locked = false;
        bool operator==(const Finish&) const = default;
    };

    core::Outcome<core::Permit> begin(const core::Presentation& presentation, const base::Deadline&) override {
        begins.push_back(presentation);
        if (on_begin) {
            on_begin();
        }
        if (refusal) {
            return tl::unexpected(*refusal);
        }
        return core::Permit(*this, begins.size());
    }
    bool is_proven(const std::string&, const std::string&) override {
        return false;
    }

    std::optional<core::Failure> refusal;
    std::function<void()> on_begin;
    std::vector<core::Presentation> begins;
    std::vector<Finish> finishes;
    std::vector<std::string> evidence; ///< of each finish

private:
    void finish(std::uint64_t, core::PresentationEnding ending) override {
        finishes.push_back({ending.result, ending.why, ending.cause == core::Cause::account_locked});
        evidence.push_back(ending.evidence);
    }
};

inline void PrintTo(const RecordingGate::Finish& finish, std::ostream* out) {
    *out << static_cast<int>(finish.result) << " " << finish.why << (finish.locked ? " locked" : "");
}

} // namespace mailpreflight::testing
