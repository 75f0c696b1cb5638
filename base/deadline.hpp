#pragma once

#include <chrono>
#include <stop_token>
#include <utility>

namespace mailpreflight::base {

/// Until when a blocking call may take, in real steady time, and the stop that may end it earlier. Passed by value
/// down to the socket: one deadline covers the whole of a request, not each of its steps.
struct Deadline {
    std::chrono::steady_clock::time_point at;
    std::stop_token stop;

    static Deadline in(std::chrono::milliseconds timeout, std::stop_token stop = {}) {
        return {std::chrono::steady_clock::now() + timeout, std::move(stop)};
    }

    [[nodiscard]] bool passed() const {
        return std::chrono::steady_clock::now() >= at;
    }

    /// Time left, never negative.
    [[nodiscard]] std::chrono::milliseconds left() const {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(at - std::chrono::steady_clock::now());
        return left < std::chrono::milliseconds::zero() ? std::chrono::milliseconds::zero() : left;
    }

    /// The same stop, at most `timeout` from now.
    [[nodiscard]] Deadline at_most(std::chrono::milliseconds timeout) const {
        const auto limit = std::chrono::steady_clock::now() + timeout;
        return {limit < at ? limit : at, stop};
    }
};

} // namespace mailpreflight::base
