#include "api/probe.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/one_source.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"
#include "runner/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace mailpreflight::cli {

namespace {

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
    const auto one = load_one_source(session, options.config, options.source);
    if (!one) {
        return exit_usage;
    }
    const config::Source& source = one->source();
    const bool json = session.options().json;
    if (!json) {
        session.print(fmt::format("{}  {} as {}\n", one->name, safe(source.url), safe(source.user_agent)));
    }
    std::signal(SIGPIPE, SIG_IGN); // NOLINT: a directory server that is gone is an error of its write
    const std::vector<runner::ProbeStep> steps = runner::probe(
        one->config, one->name, options.addresses, one->ledger, one->credentials, [&](const runner::ProbeStep& step) {
            if (!json) {
                session.print(render(step, session.terminal().out));
            }
        });
    if (json) {
        api::ProbeReport report{one->name, source.url, source.user_agent, {}};
        for (const runner::ProbeStep& step : steps) {
            report.steps.push_back({step.name, step.took.count(), step.remedy, step.seen});
        }
        session.print(api::to_text(report) + "\n");
    }
    return exit_code_of(steps);
}

} // namespace mailpreflight::cli
