#include "net/ask_hello.hpp"

#include "net/dial.hpp"
#include "net/stop_signal.hpp"

#include <openssl/rand.h>

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace mailpreflight::net {

namespace {

// A ServerHello is the first of what comes; nothing honest before it is longer.
constexpr std::size_t most_bytes = 64 * 1024;

HelloAnswer closed() {
    return {std::nullopt, "closed the connection"};
}

/// Writes and reads on a connected, non-blocking socket.
core::Outcome<HelloAnswer> exchange(int socket, std::string_view hello, const base::Deadline& deadline) {
    const StopSignal stop(deadline.stop);
    std::string received;
    while (received.size() < most_bytes) {
        const bool writes = !hello.empty();
        switch (stop.wait(socket, writes ? POLLOUT : POLLIN, deadline.at)) {
        case Ready::socket:
            break;
        case Ready::deadline:
            return core::failed(core::Stage::tls, core::Cause::no_answer, "no answer to a TLS hello in time");
        case Ready::stopped:
            return core::failed(core::Stage::tls, core::Cause::no_answer, "stopped");
        }
        std::array<char, 4096> buffer{};
        const ssize_t size = writes ? ::send(socket, hello.data(), hello.size(), MSG_NOSIGNAL)
                                    : ::recv(socket, buffer.data(), buffer.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (size <= 0) {
            return closed();
        }
        if (writes) {
            hello.remove_prefix(static_cast<std::size_t>(size));
            continue;
        }
        received.append(buffer.data(), static_cast<std::size_t>(size));
        if (auto answer = hello_answer(received)) {
            return *std::move(answer);
        }
    }
    return HelloAnswer{std::nullopt, "no TLS"};
}

} // namespace

core::Outcome<HelloAnswer>
ask_hello(Network& network, const Target& target, TlsVersion newest, Suites suites, const base::Deadline& deadline) {
    const auto addresses = network.resolver().resolve(target.host, deadline);
    if (!addresses) {
        return tl::unexpected(addresses.error());
    }
    const auto dialed = dial(*addresses, target.port, deadline);
    if (!dialed) {
        return tl::unexpected(dialed.error());
    }
    std::array<unsigned char, 32> random{};
    RAND_bytes(random.data(), static_cast<int>(random.size()));
    const std::string name = expected_name(target);
    const std::string hello =
        client_hello(newest, suites, is_address_literal(name) ? "" : name, std::string(random.begin(), random.end()));
    return exchange(dialed->socket.get(), hello, deadline);
}

} // namespace mailpreflight::net
