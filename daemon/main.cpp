#include "daemon/audit.hpp"
#include "daemon/log.hpp"
#include "daemon/main_loop.hpp"
#include "daemon/metrics_notices.hpp"
#include "daemon/metrics_page.hpp"
#include "daemon/options.hpp"
#include "daemon/service.hpp"
#include "daemon/version.hpp"
#include "http/rest_client.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>

using namespace mailpreflight;

namespace {

/// No core file and no debugger of the same user sees a secret.
void keep_memory_private() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int give_up(int code, const std::string& text) {
    daemon::log(code == EX_CONFIG ? daemon::Message::configuration_refused : daemon::Message::internal_error, text);
    return code;
}

int print_problems(const config::LoadResult& loaded) {
    for (const config::Problem& problem : loaded.problems) {
        std::fprintf(stderr, "%s\n", problem.to_text().c_str());
    }
    return loaded.config ? EX_OK : EX_CONFIG;
}

int serve(const daemon::Options& options) {
    keep_memory_private();
    auto signals = daemon::Signals::block();
    if (!signals) {
        return give_up(EX_OSERR, signals.error().message());
    }
    http::prepare_rest_client(); // its threads have the signals blocked, and nobody else reads the environment yet
    config::LoadResult loaded = config::load(options.configuration);
    if (const int code = print_problems(loaded); code != EX_OK) {
        return give_up(code, options.configuration.string() + " has errors: mailpreflight config check");
    }
    const base::RealClock clock;
    daemon::ServiceManager manager;
    const config::Api api = loaded.config->api;
    auto listeners = daemon::open_listeners(manager, api);
    if (!listeners) {
        return give_up(EX_CANTCREAT, listeners.error().message());
    }
    const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
    auto app = daemon::App::open(
        clock, {options.configuration, credentials == nullptr ? "" : credentials}, std::move(*loaded.config));
    if (!app) {
        return give_up(EX_CANTCREAT, app.error().message());
    }
    // Beyond this point the state directory is ours alone and every thread has its signals blocked.
    (*app)->start();
    daemon::ApiService service(
        **app, [&](std::vector<std::string>& problems) { return daemon::reload(**app, manager, problems); });
    daemon::ApiServerOptions server_options;
    server_options.version = daemon::version;
    server_options.audit = [log = std::make_shared<daemon::AuditLog>()](const daemon::AuditRecord& record) {
        log->write(record);
    };
    server_options.page =
        [metrics = std::make_shared<daemon::MetricsPage>(std::vector<std::shared_ptr<const prometheus::Collectable>>{
             std::make_shared<daemon::AppMetrics>(**app),
             std::make_shared<daemon::NoticeMetrics>((*app)->couriers())})](std::string_view path) {
            return path == daemon::MetricsPage::path ? std::optional(metrics->page()) : std::nullopt;
        };
    daemon::ApiServer server(std::move(*listeners), service, server_options);
    daemon::log(daemon::Message::started,
                fmt::format("mailpreflightd {} with {}", daemon::version, options.configuration.string()));
    manager.ready("started");

    daemon::run_until_stopped(**app, server, manager, *signals);

    daemon::log(daemon::Message::stopping, "asked to stop");
    manager.stopping();
    server.stop(std::chrono::milliseconds(1500));
    (*app)->stop();
    return EX_OK;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const auto options = daemon::read_options({argv + 1, argv + argc});
        if (const auto* const early = std::get_if<daemon::EarlyExit>(&options)) {
            std::fputs(early->text.c_str(), early->code == 0 ? stdout : stderr);
            return early->code;
        }
        if (std::get<daemon::Options>(options).check_config) {
            return print_problems(config::load(std::get<daemon::Options>(options).configuration));
        }
        return serve(std::get<daemon::Options>(options));
    } catch (const std::exception& error) {
        return give_up(EX_SOFTWARE, error.what());
    }
}
