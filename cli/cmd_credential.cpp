#include "cli/commands.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::cli {

int run_credential_show(Session& session) {
    return session.show<api::AccountsCall>(
        {}, [&](const auto& accounts) { return render(accounts, base::RealClock().now(), session.terminal().out); });
}

int run_credential_retry(Session& session, const api::RetryAccountRequest& request) {
    return session.show<api::RetryAccountCall>(request, [](const auto& done) {
        return fmt::format(
            "{}: {}. The next login check presents it once.\n", safe(done.account.name), words_for(done.account));
    });
}

int run_credential_release(Session& session, const api::ReleaseSprayBrakeRequest& request) {
    return session.show<api::ReleaseSprayBrakeCall>(request, [](const auto& done) {
        return done.was_stopped
                   ? fmt::format("{}: the spray brake is released. Individual passwords are tried one at a time until "
                                 "one is accepted; what was refused stays parked until it changes.\n",
                                 safe(done.source))
                   : fmt::format("{}: the spray brake was not on; its count starts anew.\n", safe(done.source));
    });
}

} // namespace mailpreflight::cli
