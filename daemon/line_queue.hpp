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
    LineQueue(std::size_t most_bytes, std::function<void()> wake) :
        most_bytes_(most_bytes),
        wake_(std::move(wake)) {}

    void send_line(std::string line, bool droppable) override {
        const std::lock_guard lock(mutex_);
        if (!wake_ || finished_) {
            return;
        }
        if (droppable && bytes_ + line.size() > most_bytes_) {
            ++skipped_;
            return;
        }
        say_skipped();
        push(std::move(line));
        wake_once();
    }

    void finish() override {
        const std::lock_guard lock(mutex_);
        if (wake_ && !finished_) {
            say_skipped();
            finished_ = true;
            wake_once();
        }
    }

    [[nodiscard]] bool is_open() const override {
        const std::lock_guard lock(mutex_);
        return wake_ && !finished_;
    }

    void detach() {
        const std::lock_guard lock(mutex_);
        wake_ = nullptr;
        lines_.clear();
    }

    /// What there is to send, about `most` bytes of it; `ended` once nothing comes after it.
    std::string take(std::size_t most, bool& ended) {
        const std::lock_guard lock(mutex_);
        woken_ = false;
        if (lines_.empty()) {
            say_skipped();
        }
        std::string taken;
        while (!lines_.empty() && (taken.empty() || taken.size() + lines_.front().size() < most)) {
            taken += lines_.front();
            taken += '\n';
            bytes_ -= lines_.front().size();
            lines_.pop_front();
        }
        ended = finished_ && lines_.empty();
        return taken;
    }

private:
    void push(std::string line) {
        bytes_ += line.size();
        lines_.push_back(std::move(line));
    }

    void say_skipped() {
        if (skipped_ > 0) {
            push(api::line_of(api::Skipped{.count = std::exchange(skipped_, 0)}));
        }
    }

    void wake_once() {
        if (!std::exchange(woken_, true)) {
            wake_();
        }
    }

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
