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

} // namespace mailpreflight::cli
