#pragma once

#include <mutex>
#include <utility>

namespace mailpreflight::base {

/// Data that cannot be reached without its lock.
template <typename T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) :
        value_(std::move(value)) {}

    /// Runs `function(T&)` under the lock and returns what it returns. Keep it short; do not block in it.
    template <typename Function>
    auto with(Function&& function) {
        const std::lock_guard lock(mutex_);
        return std::forward<Function>(function)(value_);
    }

    template <typename Function>
    auto with(Function&& function) const {
        const std::lock_guard lock(mutex_);
        return std::forward<Function>(function)(value_);
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};

} // namespace mailpreflight::base
