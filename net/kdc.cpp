#include "net/kdc.hpp"

#include "net/dial.hpp"
#include "net/stop_signal.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace mailpreflight::net {

namespace {

using core::Cause;
using core::Stage;

constexpr std::size_t longest_answer = 64 * 1024;

tl::unexpected<core::Failure> no_answer_of(const Kdc& kdc, const std::string& why) {
    return core::failed(Stage::authenticate, Cause::kerberos_unreachable, fmt::format("the KDC {}: {}", kdc.host, why));
}

/// Waits for the socket; why not, where the wait ends otherwise.
core::Outcome<void>
wait_for(const Kdc& kdc, int fd, short events, const StopSignal& stop, const base::Deadline& deadline) {
    switch (stop.wait(fd, events, deadline.at)) {
    case Ready::socket:
        return {};
    case Ready::deadline:
        return no_answer_of(kdc, "no answer in time");
    case Ready::stopped:
        return core::failed(Stage::authenticate, Cause::no_answer, "stopped");
    }
    return {};
}

core::Outcome<void> send_all(const Kdc& kdc,
                             int fd,
                             std::string_view bytes,
                             bool& sent,
                             const StopSignal& stop,
                             const base::Deadline& deadline) {
    while (!bytes.empty()) {
        if (auto ready = wait_for(kdc, fd, POLLOUT, stop, deadline); !ready) {
            return ready;
        }
        const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put < 0 && errno != EAGAIN && errno != EINTR) {
            return no_answer_of(kdc, std::strerror(errno));
        }
        if (put > 0) {
            sent = true;
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    return {};
}

core::Outcome<std::string>
read_exactly(const Kdc& kdc, int fd, std::size_t size, const StopSignal& stop, const base::Deadline& deadline) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        if (auto ready = wait_for(kdc, fd, POLLIN, stop, deadline); !ready) {
            return tl::unexpected(std::move(ready.error()));
        }
        const ssize_t got = ::recv(fd, bytes.data() + have, size - have, 0);
        if (got == 0) {
            return no_answer_of(kdc, "it closed the connection without an answer");
        }
        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            return no_answer_of(kdc, std::strerror(errno));
        }
        have += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return bytes;
}

} // namespace

Kdc kdc_named(std::string_view text) {
    const auto colon = text.rfind(':');
    const bool bracketed = text.starts_with('[');
    const auto bracket = text.find(']');
    Kdc kdc;
    const bool has_port = colon != std::string_view::npos &&
                          (bracketed ? bracket != std::string_view::npos && colon == bracket + 1
                                     : text.find(':') == colon); // a bare IPv6 address has several colons
    if (has_port) {
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), kdc.port);
        text = text.substr(0, colon);
    }
    if (bracketed && text.ends_with(']')) {
        text = text.substr(1, text.size() - 2);
    }
    kdc.host = std::string(text);
    return kdc;
}

core::Outcome<std::string>
ask_kdc(Network& network, const Kdc& kdc, std::string_view message, bool& sent, const base::Deadline& deadline) {
    sent = false;
    const auto addresses = network.resolver().resolve(kdc.host, deadline);
    if (!addresses) {
        return no_answer_of(kdc, addresses.error().detail);
    }
    const auto dialed = dial(*addresses, kdc.port, deadline);
    if (!dialed) {
        return no_answer_of(kdc, dialed.error().detail);
    }
    const int fd = dialed->socket.get();
    const StopSignal stop(deadline.stop);
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string framed{static_cast<char>(size >> 24U),
                       static_cast<char>(size >> 16U),
                       static_cast<char>(size >> 8U),
                       static_cast<char>(size)};
    framed.append(message);
    if (auto done = send_all(kdc, fd, framed, sent, stop, deadline); !done) {
        return tl::unexpected(std::move(done.error()));
    }
    const auto length = read_exactly(kdc, fd, 4, stop, deadline);
    if (!length) {
        return length;
    }
    std::uint32_t announced = 0;
    for (const char byte : *length) {
        announced = (announced << 8U) | static_cast<unsigned char>(byte);
    }
    if (announced == 0 || announced > longest_answer) {
        return no_answer_of(kdc, "its answer is no Kerberos");
    }
    return read_exactly(kdc, fd, announced, stop, deadline);
}

} // namespace mailpreflight::net
