#pragma once

#include "base/deadline.hpp"
#include "base/unique_fd.hpp"

#include <functional>
#include <optional>
#include <stop_token>

namespace mailpreflight::net {

/// What ended a wait for a socket.
enum class Ready { socket, deadline, stopped };

/// Waits for a socket in a way that a stop ends at once. One thread at a time.
class StopSignal {
public:
    explicit StopSignal(const std::stop_token& stop);
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    /// Until `fd` shows one of `events` (POLLIN, POLLOUT) or an error, or until `until`, or until the stop.
    [[nodiscard]] Ready wait(int fd, short events, std::chrono::steady_clock::time_point until) const;

private:
    base::UniqueFd event_;
    std::stop_token stop_;
    std::optional<std::stop_callback<std::function<void()>>> callback_;
};

} // namespace mailpreflight::net
