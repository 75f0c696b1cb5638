#include "cli/commands.hpp"

namespace mailpreflight::cli {

int run_mailboxes(Session& session, MailboxesOptions options) {
    return show_pages<api::MailboxesCall>(session, std::move(options.request), options.all);
}

int run_drift(Session& session, DriftOptions options) {
    return show_pages<api::DriftCall>(session, std::move(options.request), options.all);
}

int run_explain(Session& session, const std::string& of) {
    return session.show<api::ExplainCall>(
        {.of = of}, [&](const auto& explained) { return render(explained, session.terminal().out); });
}

int run_timeline(Session& session, const api::TimelineRequest& request) {
    return session.show<api::TimelineCall>(
        request,
        [&](const auto& page) { return render(page, session.terminal().out); },
        [](const auto&) { return exit_good; });
}

} // namespace mailpreflight::cli
