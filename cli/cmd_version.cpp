#include "cli/commands.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::cli {

int run_version(Session& session, bool client_only) {
    const std::string client = MAILPREFLIGHT_VERSION;
    if (client_only) {
        session.print("mailpreflight " + client + "\n");
        return exit_good;
    }
    return session.show<api::VersionCall>({}, [&](const auto& service) {
        return fmt::format("mailpreflight {}\nmailpreflightd {} (API {}), up since {}\n",
                           client,
                           safe(service.version),
                           safe(service.api),
                           short_time(service.started_at));
    });
}

} // namespace mailpreflight::cli
