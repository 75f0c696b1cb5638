#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "config/config.hpp"
#include "json/writer.hpp"

namespace mailpreflight::cli {

int run_config_check(Session& session, const std::string& file) {
    const config::LoadResult loaded = config::load(file);
    const bool good = loaded.config.has_value();
    if (session.options().json) {
        std::vector<std::string> problems;
        for (const config::Problem& problem : loaded.problems) {
            problems.push_back(problem.to_text());
        }
        session.print(json::write(json::Writer().add("file", file).add("ok", good).add("problems", problems).take()) +
                      "\n");
        return good ? exit_good : exit_usage;
    }
    for (const config::Problem& problem : loaded.problems) {
        session.complain(safe(problem.to_text()) + "\n");
    }
    if (good) {
        std::size_t mailboxes = 0;
        for (const core::Batch& batch : loaded.config->batches) {
            mailboxes += batch.list.mailboxes.size();
        }
        session.print(safe(file) + ": good; " + counted(loaded.config->sources.size(), "source", "sources") + ", " +
                      counted(loaded.config->batches.size(), "batch", "batches") + ", " +
                      counted(mailboxes, "mailbox", "mailboxes") + "\n");
    }
    return good ? exit_good : exit_usage;
}

int run_reload(Session& session) {
    return session.show<api::ReloadCall>(
        {}, [&](const auto& reloaded) { return render(reloaded, session.terminal().out); });
}

} // namespace mailpreflight::cli
