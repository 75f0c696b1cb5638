#pragma once

#include "daemon/api_routes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace mailpreflight::daemon {

/// The lines of one stream between the threads that say them and the API's thread that sends them. It outlives the
/// connection as long as somebody holds the stream: detach() cuts the way back.
class LineQueue final : public LineSink {
public:
    /// `wake` is called under the queue's lock when there is something to take: it posts and does no more.
    LineQueue(std::size_t most_bytes, std::function<void()> wake);

    void send_line(std::string line, bool droppable) override;
    void finish() override;
    [[nodiscard]] bool is_open() const override;

    void detach();

    /// What there is to send, about `most` bytes of it; `ended` once nothing comes after it.
    std::string take(std::size_t most, bool& ended);

private:
    void push(std::string line);
    void say_skipped();
    void wake_once();

    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::function<void()> wake_; ///< posts only; empty once detached
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;
    std::uint64_t skipped_ = 0;
    bool finished_ = false;
    bool woken_ = false;
};

} // namespace mailpreflight::daemon
