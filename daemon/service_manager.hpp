#pragma once

#include "base/unique_fd.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::daemon {

/// What we tell systemd, and what it gave us (sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3)). Without systemd
/// every call does nothing.
class ServiceManager {
public:
    void ready(const std::string& status);
    void reloading();
    void status(const std::string& text);
    void watchdog();
    void stopping();

    /// Half of WATCHDOG_USEC, or nothing when no watchdog is wanted.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval() const;

    struct PassedSocket {
        std::string name; ///< FileDescriptorName=: "api", "view"
        base::UniqueFd fd;
    };
    /// The listening UNIX sockets of our .socket units; anything else is closed.
    [[nodiscard]] std::vector<PassedSocket> passed_sockets() const;
};

} // namespace mailpreflight::daemon
