#include "daemon/service_manager.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <ctime>
#include <sys/socket.h>

namespace mailpreflight::daemon {

namespace {

void notify(const std::string& state) {
    ::sd_notify(0, state.c_str());
}

std::string one_line(const std::string& text) {
    std::string line = base::to_valid_utf8(text);
    for (char& c : line) {
        c = c == '\n' ? ' ' : c;
    }
    return line;
}

} // namespace

void ServiceManager::ready(const std::string& status) {
    notify("READY=1\nSTATUS=" + one_line(status));
}

void ServiceManager::reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceManager::status(const std::string& text) {
    notify("STATUS=" + one_line(text));
}

void ServiceManager::watchdog() {
    notify("WATCHDOG=1");
}

void ServiceManager::stopping() {
    notify("STOPPING=1\nSTATUS=stopping");
}

std::optional<std::chrono::microseconds> ServiceManager::watchdog_interval() const {
    std::uint64_t usec = 0;
    if (::sd_watchdog_enabled(0, &usec) <= 0) {
        return std::nullopt;
    }
    return std::chrono::microseconds(usec / 2);
}

std::vector<ServiceManager::PassedSocket> ServiceManager::passed_sockets() const {
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &names);
    std::vector<PassedSocket> sockets;
    for (int i = 0; i < count; ++i) {
        base::UniqueFd fd(SD_LISTEN_FDS_START + i);
        std::string name = names[i];
        std::free(names[i]); // NOLINT: libsystemd hands malloc'ed strings
        if (::sd_is_socket_unix(fd.get(), SOCK_STREAM, 1, nullptr, 0) > 0) {
            sockets.push_back({std::move(name), std::move(fd)});
        }
    }
    std::free(static_cast<void*>(names)); // NOLINT
    return sockets;
}

} // namespace mailpreflight::daemon
