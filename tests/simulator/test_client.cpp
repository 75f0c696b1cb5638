#include "tests/simulator/test_client.hpp"

#include "simulator/text.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace mailpreflight::simulator::testing {

std::string Answer::header(const std::string& name) const {
    const auto values = all(name);
    return values.empty() ? "" : values.front();
}

std::vector<std::string> Answer::all(const std::string& name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : headers) {
        if (equals_ignoring_case(key, name)) {
            values.push_back(value);
        }
    }
    return values;
}

struct TestClient::Impl {
    int descriptor = -1;
    SSL_CTX* context = nullptr;
    SSL* ssl = nullptr;
    std::string buffer;

    ~Impl() {
        SSL_free(ssl);
        SSL_CTX_free(context);
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }

    /** False at the end. */
    bool fill() {
        std::array<char, 16384> bytes{};
        const auto count = ssl != nullptr
                               ? static_cast<ssize_t>(SSL_read(ssl, bytes.data(), static_cast<int>(bytes.size())))
                               : ::recv(descriptor, bytes.data(), bytes.size(), 0);
        if (count <= 0) {
            return false;
        }
        buffer.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }

    std::string take(std::size_t count) {
        while (buffer.size() < count) {
            if (!fill()) {
                throw std::runtime_error("the connection ended inside the answer");
            }
        }
        std::string result = buffer.substr(0, count);
        buffer.erase(0, count);
        return result;
    }

    std::string take_line() {
        while (true) {
            const auto end = buffer.find("\r\n");
            if (end != std::string::npos) {
                std::string line = buffer.substr(0, end);
                buffer.erase(0, end + 2);
                return line;
            }
            if (!fill()) {
                throw std::runtime_error("the connection ended inside a line");
            }
        }
    }
};

TestClient::TestClient(std::uint16_t port, Tls tls) :
    impl_(std::make_unique<Impl>()) {
    std::signal(SIGPIPE, SIG_IGN);
    impl_->descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // Only against a hanging test: nothing here waits for time to pass.
    const timeval limit{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(impl_->descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(impl_->descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect");
    }
    if (tls == Tls::on) {
        impl_->context = SSL_CTX_new(TLS_client_method());
        impl_->ssl = SSL_new(impl_->context);
        std::string name = "localhost";
        SSL_ctrl(impl_->ssl,
                 SSL_CTRL_SET_TLSEXT_HOSTNAME,
                 TLSEXT_NAMETYPE_host_name,
                 name.data()); // its macro casts as C does
        SSL_set_fd(impl_->ssl, impl_->descriptor);
        if (SSL_connect(impl_->ssl) != 1) {
            throw std::runtime_error("no TLS");
        }
    }
}

TestClient::~TestClient() = default;

void TestClient::write(const std::string& bytes) {
    const auto count = impl_->ssl != nullptr
                           ? static_cast<ssize_t>(SSL_write(impl_->ssl, bytes.data(), static_cast<int>(bytes.size())))
                           : ::send(impl_->descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error("cannot write");
    }
}

std::string TestClient::read_all(std::size_t limit) {
    while (impl_->buffer.size() < limit && impl_->fill()) {
    }
    return std::exchange(impl_->buffer, {});
}

Answer TestClient::read_answer() {
    Answer answer;
    const std::string status_line = impl_->take_line();
    if (!status_line.starts_with("HTTP/1.1 ")) {
        throw std::runtime_error("no status line: " + status_line);
    }
    answer.status = std::stoi(status_line.substr(9));
    for (std::string line = impl_->take_line(); !line.empty(); line = impl_->take_line()) {
        const auto colon = std::find(line.begin(), line.end(), ':');
        if (colon == line.end()) {
            throw std::runtime_error("a header line without a colon");
        }
        answer.headers.emplace_back(std::string(line.begin(), colon), trimmed(std::string(colon + 1, line.end())));
    }
    if (answer.header("Transfer-Encoding") == "chunked") {
        for (;;) {
            const auto size = std::stoul(impl_->take_line(), nullptr, 16);
            answer.body += impl_->take(size);
            impl_->take_line();
            if (size == 0) {
                return answer;
            }
        }
    }
    std::string length = answer.header("Content-Length");
    answer.body = impl_->take(length.empty() ? 0 : std::stoul(length));
    return answer;
}

Answer TestClient::request(const std::string& method,
                           const std::string& target,
                           const std::string& body,
                           const std::vector<std::string>& header_lines) {
    std::string text = method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\n";
    for (const std::string& line : header_lines) {
        text += line + "\r\n";
    }
    write(text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return read_answer();
}

std::string TestClient::channel_binding() const {
    X509* certificate = SSL_get1_peer_certificate(impl_->ssl);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    X509_free(certificate);
    return "tls-server-end-point:" + std::string(reinterpret_cast<const char*>(digest.data()), size);
}

bool TestClient::is_trusted(const std::string& ca_file, const std::string& host) const {
    X509* certificate = SSL_get1_peer_certificate(impl_->ssl);
    X509_STORE* store = X509_STORE_new();
    X509_STORE_load_file(store, ca_file.c_str());
    X509_STORE_CTX* verification = X509_STORE_CTX_new();
    X509_STORE_CTX_init(verification, store, certificate, SSL_get_peer_cert_chain(impl_->ssl));
    const bool good =
        X509_verify_cert(verification) == 1 && X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
    X509_STORE_CTX_free(verification);
    X509_STORE_free(store);
    X509_free(certificate);
    return good;
}

} // namespace mailpreflight::simulator::testing
