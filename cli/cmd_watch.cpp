#include "cli/commands.hpp"

namespace mailpreflight::cli {

int run_watch(Session& session, const api::WatchRequest& request) {
    catch_interrupt();
    bool stopping = false;
    const auto ended = session.client().stream<api::WatchCall>(
        request, [&](std::string_view raw, const std::optional<api::WatchLine>& line) {
            if (session.options().json) {
                session.print(std::string(raw) + "\n");
            } else if (line) {
                session.print(render(*line, session.terminal().out));
            }
            stopping = stopping || (line && std::holds_alternative<api::Stopping>(*line));
            return true;
        });
    if (!ended) {
        // Ctrl-C is how one ends it.
        return std::holds_alternative<api::Interrupted>(ended.error()) ? exit_good : session.fail(ended.error());
    }
    return stopping ? exit_unknown : exit_good;
}

} // namespace mailpreflight::cli
