#include "api/doctor.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/one_source.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"
#include "runner/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::cli {

int run_doctor(Session& session, const DoctorOptions& options) {
    const auto one = load_one_source(session, options.config, options.source);
    if (!one) {
        return exit_usage;
    }
    const bool json = session.options().json;
    const config::Account& account = one->config.accounts.at(one->source().account);
    if (!json) {
        session.print(fmt::format("{}  {} with account {}\n", one->name, safe(one->source().url), safe(account.name)));
    }
    const runner::Diagnosis diagnosis = runner::diagnose(
        one->config, one->name, one->ledger, one->credentials, options.login, [&](const runner::Advice& advice) {
            if (!json) {
                session.print(render(advice, session.terminal().out));
            }
        });
    if (json) {
        api::DoctorReport report{one->name, one->source().url, account.name, diagnosis.presentations, {}};
        for (const runner::Advice& advice : diagnosis.advice) {
            report.advice.push_back({advice.topic, advice.state, advice.text, advice.remedy});
        }
        session.print(api::to_text(report) + "\n");
    } else {
        session.print(diagnosis.presentations == 0
                          ? "The secret was not presented.\n"
                          : fmt::format("The secret was presented {}.\n",
                                        counted(static_cast<std::uint64_t>(diagnosis.presentations), "time", "times")));
    }
    const auto any = [&](core::State state) {
        return std::any_of(diagnosis.advice.begin(), diagnosis.advice.end(), [&](const runner::Advice& advice) {
            return advice.state == state;
        });
    };
    if (any(core::State::fail)) {
        return exit_failed;
    }
    return any(core::State::unknown) ? exit_unknown : exit_good;
}

} // namespace mailpreflight::cli
