#include "core/ending.hpp"
#include "daemon/metric_family.hpp"
#include "daemon/metrics.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::daemon {

namespace {

/// The first end, of password or account, that any source which the account logs in to was told of; one that has
/// passed, too.
std::optional<base::SystemTime> end_of(const State& state, const std::string& account) {
    std::optional<base::SystemTime> first;
    const auto take = [&](base::SystemTime end) { first = std::min(first.value_or(end), end); };
    for (const auto& [source, names] : state.names) {
        if (names.account_name != account) {
            continue;
        }
        for (const core::Ending& ending : core::known_endings(state.tracks, source)) {
            if (ending.check == core::Check::account_password) {
                take(ending.at);
            }
        }
        const core::Track* const track =
            core::find_track(state.tracks, {core::Check::account_password, core::Subject::of_source(source)});
        if (track == nullptr || !track->definite) {
            continue;
        }
        for (const char* const fact : {"password_expires", "account_expires"}) {
            const auto told = track->definite->facts.find(fact);
            if (told == track->definite->facts.end()) {
                continue;
            }
            if (const auto end = base::parse_rfc3339(told->second)) { // "never" is no time
                take(*end);
            }
        }
    }
    return first;
}

} // namespace

MetricFamilies account_metrics(const MetricsSight& sight) {
    using enum api::AccountState;
    auto states = gauge("mailpreflight_account_state",
                        "1 for what the guard makes of the account's secret, 0 for the other states.");
    auto ends = gauge("mailpreflight_credential_expiry_timestamp_seconds",
                      "When the account's secret or the account ends, whichever comes first; absent: nobody knows.");
    auto presentations =
        gauge("mailpreflight_account_presentations", "Times that the secret was presented in the last 24 h.");
    auto refusals = gauge("mailpreflight_account_refusals", "Refusals of the account in the last 24 h.");
    for (const AccountMetrics& account : sight.accounts) {
        const Labels labels{{"account", account.name}};
        add_one_hot(states,
                    labels,
                    "state",
                    {proven, unproven, withheld, parked, locked, unreadable},
                    account.state,
                    api::name_of);
        if (const auto end = end_of(sight.state, account.name)) {
            add(ends, labels, seconds(*end));
        }
        add(presentations, labels, account.presentations);
        add(refusals, labels, account.refusals);
    }
    return {std::move(states), std::move(ends), std::move(presentations), std::move(refusals)};
}

} // namespace mailpreflight::daemon
