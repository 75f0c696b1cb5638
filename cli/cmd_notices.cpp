#include "cli/commands.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <poll.h>

namespace mailpreflight::cli {

namespace {

constexpr std::chrono::seconds longest_trial{45};
constexpr int between_looks = 200; // ms

std::string words_for(const api::NoticeRow& trial) {
    switch (trial.state) {
    case core::OwedState::delivered:
        return fmt::format("{} took the trial {}: {}\n", safe(trial.receiver), safe(trial.id), safe(trial.detail));
    case core::OwedState::dead:
        return fmt::format("{} refused the trial {}: {}\n", safe(trial.receiver), safe(trial.id), safe(trial.detail));
    case core::OwedState::owed:
        return trial.attempts == 0
                   ? fmt::format("{} has not been tried yet: what it is owed goes first, or it cannot be used. "
                                 "mailpreflight notices --receiver {} tells more.\n",
                                 safe(trial.receiver),
                                 safe(trial.receiver))
                   : fmt::format("{} did not take the trial {}: {}. It is tried again.\n",
                                 safe(trial.receiver),
                                 safe(trial.id),
                                 safe(trial.detail));
    }
    return "";
}

} // namespace

int run_notices(Session& session, const api::NoticesRequest& request) {
    return session.show<api::NoticesCall>(
        request, [&](const auto& notices) { return render(notices, base::RealClock().now(), session.terminal().out); });
}

int run_notices_retry(Session& session, const api::RetryNoticesRequest& request) {
    return session.show<api::RetryNoticesCall>(
        request, [](const auto& done) { return fmt::format("{} notices are tried again.\n", done.owed); });
}

int run_notify_test(Session& session, const api::TestReceiverRequest& request) {
    const auto trial = session.client().call<api::TestReceiverCall>(request);
    if (!trial) {
        return session.fail(trial.error());
    }
    api::NoticesRequest look;
    look.id = trial->value.notice.id;
    const auto end = std::chrono::steady_clock::now() + longest_trial;
    for (;;) {
        const auto seen = session.client().call<api::NoticesCall>(look);
        if (!seen) {
            return session.fail(seen.error());
        }
        const api::NoticeRow row = seen->value.notices.empty() ? trial->value.notice : seen->value.notices.front();
        if (row.state == core::OwedState::owed && row.attempts == 0 && std::chrono::steady_clock::now() < end) {
            ::poll(nullptr, 0, between_looks); // a signal ends it
            continue;
        }
        session.print(session.options().json ? seen->raw + "\n" : words_for(row));
        return row.state == core::OwedState::delivered ? exit_good : exit_failed;
    }
}

} // namespace mailpreflight::cli
