#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "cli/verdict_code.hpp"
#include "config/config.hpp"
#include "json/writer.hpp"

#include <algorithm>

namespace mailpreflight::cli {

int run_batch_show(Session& session, const std::string& batch) {
    return session.show<api::BatchCall>(
        {batch},
        [&](const auto& shown) { return render(shown, session.terminal().out); },
        [](const auto& shown) { return exit_code_of(shown.status); });
}

int run_batch_except(Session& session, const api::ExceptRequest& request) {
    return session.show<api::ExceptCall>(
        request, [&](const auto& excepted) { return render(excepted, session.terminal().out); });
}

int run_batch_confirm(Session& session, const api::ConfirmBatchRequest& request) {
    return session.show<api::ConfirmBatchCall>(
        request, [&](const auto& confirmed) { return render(confirmed, session.terminal().out); });
}

int run_batch_done(Session& session, const std::string& batch) {
    return session.show<api::DoneBatchCall>({batch},
                                            [&](const auto& done) { return render(done, session.terminal().out); });
}

int run_batch_forget(Session& session, const std::string& batch) {
    return session.show<api::ForgetBatchCall>(
        {batch}, [&](const auto& forgotten) { return render(forgotten, session.terminal().out); });
}

int run_batch_lint(Session& session, const BatchLintOptions& options) {
    const config::LoadResult loaded = config::load(options.config);
    if (!loaded.config) {
        for (const config::Problem& problem : loaded.problems) {
            session.complain(safe(problem.to_text()) + "\n");
        }
        return exit_usage;
    }
    const auto& batches = loaded.config->batches;
    const auto batch =
        std::find_if(batches.begin(), batches.end(), [&](const core::Batch& b) { return b.name == options.batch; });
    const auto file = loaded.config->list_files.find(options.batch);
    if (batch == batches.end() || file == loaded.config->list_files.end()) {
        session.complain("mailpreflight: there is no [batch." + safe(options.batch) + "] in " + safe(options.config) +
                         "\n");
        return exit_usage;
    }
    const ListFindings found = findings_of(batch->list, file->second);
    if (session.options().json) {
        std::vector<std::string> problems;
        for (const core::ListProblem& problem : batch->list.problems) {
            problems.push_back((problem.line > 0 ? "line " + std::to_string(problem.line) + ": " : "") + problem.text);
        }
        session.print(json::write(json::Writer()
                                      .add("batch", options.batch)
                                      .add("file", file->second)
                                      .add("digest", batch->list.digest)
                                      .add("mailboxes", std::uint64_t{batch->list.mailboxes.size()})
                                      .add("problems", problems)
                                      .take()) +
                      "\n");
    } else {
        session.print(render(found, batch->list, session.terminal().out));
    }
    return batch->list.problems.empty() && !batch->list.mailboxes.empty() ? exit_good : exit_failed;
}

} // namespace mailpreflight::cli
