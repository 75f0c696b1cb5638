#include "cli/commands.hpp"
#include "cli/verdict_code.hpp"

#include <algorithm>

namespace mailpreflight::cli {

int run_status(Session& session, const std::string& batch) {
    auto reply = session.client().call<api::StatusCall>({});
    if (!reply) {
        return session.fail(reply.error());
    }
    api::StatusResponse& status = reply->value;
    if (!batch.empty()) {
        std::erase_if(status.batches, [&](const auto& b) { return b.readiness.batch != batch; });
        if (status.batches.empty()) {
            session.complain("mailpreflight: there is no batch " + batch + "; mailpreflight status shows all\n");
            return exit_usage;
        }
        const std::string source = status.batches.front().readiness.source;
        std::erase_if(status.sources, [&](const auto& s) { return s.name != source; });
    }
    session.print(session.options().json ? reply->raw + "\n" : render(status, session.terminal().out));
    return exit_code_of(status);
}

} // namespace mailpreflight::cli
