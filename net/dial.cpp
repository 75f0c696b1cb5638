#include "net/dial.hpp"

#include "base/text.hpp"
#include "net/stop_signal.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>

namespace mailpreflight::net {

namespace {

using core::Cause;

struct Attempt {
    base::UniqueFd socket; ///< valid: connected
    Cause cause = Cause::ok;
    std::string said;
};

Attempt refused_by(int error) {
    const std::string text = std::strerror(error);
    switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
        return {{}, Cause::tcp_refused, "refused"};
    case ETIMEDOUT:
        return {{}, Cause::tcp_timeout, "did not answer"};
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return {{}, Cause::internal_error, text};
    default:
        return {{}, Cause::tcp_unreachable, text};
    }
}

Attempt connect_to(const Address& address,
                   unsigned short port,
                   std::chrono::steady_clock::time_point until,
                   const StopSignal& stop) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    if (const int code = getaddrinfo(address.ip.c_str(), std::to_string(port).c_str(), &hints, &raw); code != 0) {
        return {{}, Cause::tcp_unreachable, gai_strerror(code)};
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> entry(raw, &freeaddrinfo);
    base::UniqueFd socket(::socket(entry->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid()) {
        return refused_by(errno);
    }
    const int on = 1; // requests are written whole: nothing is gained by waiting for more
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket.get(), entry->ai_addr, entry->ai_addrlen) == 0) {
        return {std::move(socket), Cause::ok, {}};
    }
    if (errno != EINPROGRESS) {
        return refused_by(errno);
    }
    switch (stop.wait(socket.get(), POLLOUT, until)) {
    case Ready::socket:
        break;
    case Ready::deadline:
        return {{}, Cause::tcp_timeout, "did not answer"};
    case Ready::stopped:
        return {{}, Cause::no_answer, "stopped"};
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        return refused_by(error);
    }
    return {std::move(socket), Cause::ok, {}};
}

/// Which of two failures tells more: a host that refuses is nearer than one that is silent or out of reach.
int weight(Cause cause) {
    return cause == Cause::tcp_refused ? 3 : cause == Cause::tcp_timeout ? 2 : cause == Cause::tcp_unreachable ? 1 : 0;
}

} // namespace

core::Outcome<Dialed> dial(const std::vector<Address>& addresses, unsigned short port, const base::Deadline& deadline) {
    const StopSignal stop(deadline.stop);
    std::optional<Cause> cause;
    std::vector<std::string> said;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto share = deadline.left() / static_cast<int>(addresses.size() - i);
        const auto until = i + 1 == addresses.size() ? deadline.at : std::chrono::steady_clock::now() + share;
        Attempt attempt = connect_to(addresses[i], port, until, stop);
        if (attempt.socket.valid()) {
            return Dialed{std::move(attempt.socket), addresses[i]};
        }
        if (attempt.cause == Cause::no_answer) {
            return core::failed(core::Stage::connect, Cause::no_answer, "stopped");
        }
        if (!cause || weight(attempt.cause) > weight(*cause)) {
            cause = attempt.cause;
        }
        said.push_back(to_text(addresses[i], port) + " " + attempt.said);
    }
    return core::failed(core::Stage::connect, cause.value_or(Cause::tcp_unreachable), base::join(said, "; "));
}

} // namespace mailpreflight::net
