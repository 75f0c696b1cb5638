#include "daemon/signals.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/signalfd.h>

namespace mailpreflight::daemon {

base::Result<Signals> Signals::block() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        ::sigaddset(&set, number);
    }
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) {
        return base::failure(base::errno_error(errno, "cannot block signals"));
    }
    base::UniqueFd fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd.valid()) {
        return base::failure(base::errno_error(errno, "cannot open a signalfd"));
    }
    std::signal(SIGPIPE, SIG_IGN); // NOLINT: a peer that is gone is an error of its write, not a death of ours
    return Signals(std::move(fd));
}

std::optional<Signals::Kind> Signals::wait(std::chrono::milliseconds timeout) {
    pollfd poller{fd_.get(), POLLIN, 0};
    if (::poll(&poller, 1, static_cast<int>(timeout.count())) <= 0) {
        return std::nullopt;
    }
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
        return std::nullopt;
    }
    return info.ssi_signo == SIGHUP ? Kind::reload : Kind::stop;
}

} // namespace mailpreflight::daemon
