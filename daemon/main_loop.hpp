#pragma once

#include "daemon/api_server.hpp"
#include "daemon/app.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/signals.hpp"

namespace mailpreflight::daemon {

/// SIGHUP's and POST /v1/reload's common work: tells systemd before and after.
base::Result<App::Reloaded> reload(App& app, ServiceManager& manager, std::vector<std::string>& problems);

/// The sockets passed by systemd, or our own where none were.
base::Result<std::vector<ApiListener>> open_listeners(const ServiceManager& manager, const config::Api& api);

/// Steps the scheduler, serves signals, feeds the watchdog while judge and API turn; returns when a stop is asked for.
void run_until_stopped(App& app, const ApiServer& server, ServiceManager& manager, Signals& signals);

} // namespace mailpreflight::daemon
