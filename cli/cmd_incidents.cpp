#include "cli/commands.hpp"

namespace mailpreflight::cli {

int run_incidents(Session& session, const api::IncidentsRequest& request) {
    return session.show<api::IncidentsCall>(request, [&](const auto& incidents) {
        return render(incidents, base::RealClock().now(), session.terminal().out);
    });
}

int run_ack(Session& session, const api::AcknowledgeRequest& request) {
    return session.show<api::AcknowledgeCall>(request, [&](const auto& done) {
        return render(api::IncidentsResponse{{done.incident}}, base::RealClock().now(), session.terminal().out);
    });
}

} // namespace mailpreflight::cli
