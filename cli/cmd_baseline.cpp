#include "cli/commands.hpp"

namespace mailpreflight::cli {

int run_baseline_show(Session& session, BaselineOptions options) {
    return show_pages<api::BaselineCall>(session, std::move(options.request), options.all);
}

int run_baseline_diff(Session& session, DiffBaselineOptions options) {
    return show_pages<api::DiffBaselineCall>(session, std::move(options.request), options.all);
}

int run_baseline_history(Session& session, const api::BaselineHistoryRequest& request) {
    return session.show<api::BaselineHistoryCall>(
        request,
        [&](const auto& page) { return render(page, base::RealClock().now(), session.terminal().out); },
        [](const auto&) { return exit_good; });
}

int run_baseline_accept(Session& session, const api::AcceptBaselineRequest& request) {
    return session.show<api::AcceptBaselineCall>(
        request,
        [&](const auto& accepted) { return render(accepted, session.terminal().out); },
        [](const auto& accepted) { return accepted.too_old > 0 ? exit_unknown : exit_good; });
}

} // namespace mailpreflight::cli
