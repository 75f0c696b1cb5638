#include "daemon/main_loop.hpp"

#include "daemon/api_socket.hpp"
#include "daemon/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace mailpreflight::daemon {

namespace {

constexpr std::chrono::milliseconds turn{100};
constexpr std::chrono::seconds status_every{30};
// Finding out what is due costs what all mailboxes cost: a hundredth of the time, unless that would be too rare.
constexpr int rest_after_step = 99;
constexpr std::chrono::seconds most_rest{5};
// A part that has not turned for this long is stuck.
constexpr std::chrono::seconds stuck_after{20};

std::string status_line(const App& app, const State& state) {
    std::string line = fmt::format("{} sources", app.setting().config->sources.size());
    for (const auto& [name, readiness] : state.readiness) {
        line += fmt::format(", {} {}", name, core::name_of(readiness.verdict));
    }
    return line;
}

base::Result<std::vector<ApiListener>> with_metrics_port(std::vector<ApiListener> listeners, const config::Api& api) {
    if (api.metrics_listen) {
        auto socket = bind_loopback(*api.metrics_listen);
        if (!socket) {
            return base::failure(socket.error());
        }
        listeners.push_back({.socket = std::move(*socket), .pages_only = true});
    }
    return listeners;
}

/// Sends WATCHDOG=1 only when judge and API have each turned since the last time (the scheduler is this very thread).
class Watchdog {
public:
    explicit Watchdog(ServiceManager& manager) :
        manager_(manager),
        interval_(manager.watchdog_interval()) {}

    void turn(const App& app, const ApiServer& server) {
        const auto now = std::chrono::steady_clock::now();
        if (!interval_ || now - fed_ < *interval_) {
            return;
        }
        const std::uint64_t turns = app.judge_turns();
        if (turns != turns_ && now - server.last_tick() < stuck_after) {
            manager_.watchdog();
            fed_ = now;
            turns_ = turns;
        }
    }

private:
    ServiceManager& manager_;
    const std::optional<std::chrono::microseconds> interval_;
    std::chrono::steady_clock::time_point fed_{};
    std::uint64_t turns_ = 0;
};

} // namespace

base::Result<App::Reloaded> reload(App& app, ServiceManager& manager, std::vector<std::string>& problems) {
    manager.reloading();
    auto reloaded = app.reload(problems);
    manager.ready(reloaded ? "configuration reloaded" : reloaded.error().message());
    return reloaded;
}

base::Result<std::vector<ApiListener>> open_listeners(const ServiceManager& manager, const config::Api& api) {
    std::vector<ApiListener> listeners;
    for (ServiceManager::PassedSocket& passed : manager.passed_sockets()) {
        listeners.push_back(
            {std::move(passed.fd), passed.name == "view" ? api::Privilege::view : api::Privilege::admin});
    }
    if (!listeners.empty()) {
        return with_metrics_port(std::move(listeners), api);
    }
    // Without systemd the socket's folder may not be there yet; who may connect is the user and group that we run as.
    for (const auto& [path, grants] :
         {std::pair(api.control_socket, api::Privilege::admin), std::pair(api.view_socket, api::Privilege::view)}) {
        std::error_code ignored;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
        auto socket = bind_unix_socket(path, 0660U);
        if (!socket) {
            return base::failure(socket.error());
        }
        listeners.push_back({std::move(*socket), grants});
    }
    return with_metrics_port(std::move(listeners), api);
}

void run_until_stopped(App& app, const ApiServer& server, ServiceManager& manager, Signals& signals) {
    Watchdog watchdog(manager);
    auto shown = std::chrono::steady_clock::now();
    auto schedule_at = shown;
    for (;;) {
        if (const auto signal = signals.wait(turn)) {
            if (*signal == Signals::Kind::stop) {
                return;
            }
            std::vector<std::string> problems;
            static_cast<void>(reload(app, manager, problems)); // App logs what came of it
        }
        if (const auto start = std::chrono::steady_clock::now(); start >= schedule_at) {
            app.step();
            const auto end = std::chrono::steady_clock::now();
            schedule_at =
                end + std::min<std::chrono::steady_clock::duration>(rest_after_step * (end - start), most_rest);
        }
        watchdog.turn(app, server);
        if (std::chrono::steady_clock::now() - shown >= status_every) {
            shown = std::chrono::steady_clock::now();
            manager.status(app.judge().with_state([&](const State& state) { return status_line(app, state); }));
        }
    }
}

} // namespace mailpreflight::daemon
