#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <chrono>
#include <optional>

namespace mailpreflight::daemon {

/// SIGTERM, SIGINT and SIGHUP through a signalfd: blocked for every thread, read by main's loop. Make it before the
/// first thread starts.
class Signals {
public:
    static base::Result<Signals> block();

    enum class Kind { stop, reload };

    /// Waits up to `timeout` for one.
    std::optional<Kind> wait(std::chrono::milliseconds timeout);

private:
    explicit Signals(base::UniqueFd fd) :
        fd_(std::move(fd)) {}

    base::UniqueFd fd_;
};

} // namespace mailpreflight::daemon
