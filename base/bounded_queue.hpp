#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace mailpreflight::base {

/// A queue between threads that never grows past its capacity: push() waits for room, pop() waits for work, close()
/// wakes both. Safe to call from any thread.
template <typename T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) :
        capacity_(capacity) {}

    /// Waits for room. False when the queue was closed, or a stop was asked for before there was room: the value was
    /// not taken.
    bool push(T value, std::stop_token stop = {}) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, stop, [&] { return closed_ || items_.size() < capacity_; });
        if (closed_ || items_.size() >= capacity_) {
            return false;
        }
        items_.push_back(std::move(value));
        work_.notify_one();
        return true;
    }

    /// Waits until there is something, the timeout passes, or the queue is closed; takes up to `most` items at once.
    std::vector<T> pop_some(std::size_t most, std::chrono::milliseconds timeout) {
        std::unique_lock lock(mutex_);
        work_.wait_for(lock, timeout, [&] { return closed_ || !items_.empty(); });
        std::vector<T> taken;
        while (!items_.empty() && taken.size() < most) {
            taken.push_back(std::move(items_.front()));
            items_.pop_front();
        }
        room_.notify_all();
        return taken;
    }

    /// No more pushes; what is inside can still be taken.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        work_.notify_all();
        room_.notify_all();
    }

    [[nodiscard]] bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable_any work_;
    std::condition_variable_any room_;
    std::deque<T> items_;
    bool closed_ = false;
};

} // namespace mailpreflight::base
