#include "api/probe.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"
#include "config/config.hpp"
#include "runner/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace mailpreflight::cli {

namespace {

std::filesystem::path user_state_folder() {
    if (const char* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
        return std::filesystem::path(state) / "mailpreflight";
    }
    const char* const home = std::getenv("HOME");
    return home == nullptr ? std::filesystem::path() : std::filesystem::path(home) / ".local/state/mailpreflight";
}

int exit_code_of(const std::vector<runner::ProbeStep>& steps) {
    const auto any = [&](core::State state) {
        return std::any_of(
            steps.begin(), steps.end(), [&](const runner::ProbeStep& step) { return step.seen.state == state; });
    };
    if (any(core::State::fail)) {
        return exit_failed;
    }
    return any(core::State::unknown) ? exit_unknown : exit_good;
}

} // namespace

int run_probe(Session& session, const ProbeOptions& options) {
    const config::LoadResult loaded = config::load(options.config);
    if (!loaded.config) {
        for (const config::Problem& problem : loaded.problems) {
            session.complain(safe(problem.to_text()) + "\n");
        }
        return exit_usage;
    }
    const auto source = loaded.config->sources.find(options.source);
    if (source == loaded.config->sources.end()) {
        session.complain(
            fmt::format("mailpreflight: {} has no [source.{}]\n", safe(options.config), safe(options.source)));
        return exit_usage;
    }
    const runner::ProbeLedger ledger = runner::ledger_for_probe(*loaded.config, user_state_folder());
    const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
    const bool json = session.options().json;
    if (!json) {
        session.print(
            fmt::format("{}  {} as {}\n", source->first, safe(source->second.url), safe(source->second.user_agent)));
        if (!ledger.shared_with_daemon) {
            session.note(fmt::format("no service on this host: the guard's ledger is {}\n", ledger.directory.string()));
        }
    }
    const std::vector<runner::ProbeStep> steps =
        runner::probe(*loaded.config,
                      options.source,
                      options.addresses,
                      ledger,
                      credentials == nullptr ? "" : credentials,
                      [&](const runner::ProbeStep& step) {
                          if (!json) {
                              session.print(render(step, session.terminal().out));
                          }
                      });
    if (json) {
        api::ProbeReport report{source->first, source->second.url, source->second.user_agent, {}};
        for (const runner::ProbeStep& step : steps) {
            report.steps.push_back({step.name, step.took.count(), step.remedy, step.seen});
        }
        session.print(api::to_text(report) + "\n");
    }
    return exit_code_of(steps);
}

} // namespace mailpreflight::cli
