#pragma once

#include <unistd.h>
#include <utility>

namespace mailpreflight::base {

/// Owns a file descriptor; closes it when it dies.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept :
        fd_(fd) {}
    ~UniqueFd() {
        reset();
    }
    UniqueFd(UniqueFd&& other) noexcept :
        fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;

    [[nodiscard]] int get() const noexcept {
        return fd_;
    }
    [[nodiscard]] bool valid() const noexcept {
        return fd_ >= 0;
    }
    /// Gives the descriptor away; the caller closes it.
    [[nodiscard]] int release() noexcept {
        return std::exchange(fd_, -1);
    }
    void reset() noexcept {
        if (fd_ >= 0) {
            ::close(std::exchange(fd_, -1));
        }
    }

private:
    int fd_ = -1;
};

} // namespace mailpreflight::base
