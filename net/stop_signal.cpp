#include "net/stop_signal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>

namespace mailpreflight::net {

namespace {

// When no eventfd is to be had the stop is looked at this often.
constexpr std::chrono::milliseconds blind_slice{50};

} // namespace

StopSignal::StopSignal(const std::stop_token& stop) :
    stop_(stop) {
    if (!stop.stop_possible()) {
        return;
    }
    event_ = base::UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    callback_.emplace(stop, [fd = event_.get()] {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
    });
}

Ready StopSignal::wait(int fd, short events, std::chrono::steady_clock::time_point until) const {
    for (;;) {
        if (stop_.stop_requested()) {
            return Ready::stopped;
        }
        // Rounded up: a poll that ends just before the deadline would spin.
        auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= std::chrono::milliseconds::zero()) {
            return Ready::deadline;
        }
        if (stop_.stop_possible() && !event_.valid()) {
            left = std::min(left, blind_slice);
        }
        left = std::min(left, std::chrono::milliseconds(60'000));
        std::array<pollfd, 2> fds{pollfd{fd, events, 0}, pollfd{event_.get(), POLLIN, 0}};
        const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(left.count()));
        if (ready < 0 && errno != EINTR) {
            return Ready::socket; // the next call on the socket says what is wrong
        }
        if (ready > 0 && fds[0].revents != 0 && !stop_.stop_requested()) {
            return Ready::socket;
        }
    }
}

} // namespace mailpreflight::net
