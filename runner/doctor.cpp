#include "runner/doctor.hpp"

#include "checks/source_checks.hpp"
#include "runner/one_shot.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::runner {

namespace {

const char* topic_of(core::Check check) {
    return check == core::Check::source_dns ? "name" : check == core::Check::source_tcp ? "connection" : "TLS";
}

std::string words_of(const core::Observation& look) {
    if (look.cause == core::Cause::ok) {
        return look.detail;
    }
    const std::string sentence(core::info(look.cause).sentence);
    return look.detail.empty() ? sentence : sentence + " " + look.detail;
}

} // namespace

Diagnosis diagnose(const config::Config& config,
                   const std::string& source_name,
                   const ProbeLedger& place,
                   const std::filesystem::path& credentials_directory,
                   bool login,
                   const std::function<void(const Advice&)>& on_advice) {
    const config::Source& source = config.sources.at(source_name);
    const config::Account& account = config.accounts.at(source.account);
    OneShot shot(config, source_name, place.directory, credentials_directory);
    Diagnosis diagnosis;
    const auto tell = [&](Advice advice) {
        on_advice(advice);
        diagnosis.advice.push_back(std::move(advice));
    };
    const auto is_good = [&] {
        return std::all_of(diagnosis.advice.begin(), diagnosis.advice.end(), [](const Advice& advice) {
            return advice.state == core::State::pass || advice.state == core::State::warn;
        });
    };

    core::RemedyNames names;
    const core::SourceNames known = names_of(config, source_name);
    names.source = source_name;
    names.account = known.account;
    names.account_name = known.account_name;
    names.host = known.host;
    for (const core::Observation& look : checks::look_at_connection(shot.access(), shot.deadline()).observations) {
        tell({topic_of(look.key.check), look.state, words_of(look), core::remedy_for(look.cause, names)});
    }
    if (is_good()) {
        const checks::SourceEndpoints& endpoints = shot.access().endpoints();
        const checks::LogonHints hints = checks::logon_hints(shot.access(), shot.deadline());
        if (hints.clock_ahead) {
            tell(advice_on_clock(*hints.clock_ahead));
        }
        const http::Means means{.kerberos = account.has_kerberos(), .password = account.password.has_value()};
        for (Advice& advice : advice_on_offers(endpoints.scheme, means, hints, names)) {
            tell(std::move(advice));
        }
        for (Advice& advice : advice_on_user_name(account, hints)) {
            tell(std::move(advice));
        }
    }

    const auto& ledger = shot.ledger();
    const LoadedAccount& loaded = shot.account();
    if (!ledger) {
        tell({"guard",
              core::State::unknown,
              "The guard's ledger cannot be used, so nothing would be presented: " + ledger.error().message(),
              "run it as the user of the service, or as root"});
    } else if (!loaded.identity) {
        tell({"secret", core::State::unknown, "The secret cannot be read: " + loaded.problem, ""});
    } else {
        tell({"secret", core::State::pass, fmt::format("The secret of account {} can be read.", account.name), ""});
        const auto kept = (*ledger)->snapshot(account.name);
        if (kept) {
            tell(advice_on_guard(account.name,
                                 loaded.identity->fingerprint,
                                 *kept,
                                 guard_policies(config).at(account.name),
                                 base::RealClock().now()));
        } else {
            tell({"guard", core::State::unknown, kept.error().message(), ""});
        }
    }

    if (login && is_good()) {
        for (const ProbeStep& step : probe_login(config, source_name, shot, [](const ProbeStep&) {})) {
            if (step.name == "login" || step.name == "OWA login") {
                const bool passed = step.seen.state == core::State::pass;
                tell({"login",
                      step.seen.state,
                      passed ? fmt::format("{} was accepted as {}.", account.username, step.name) : words_of(step.seen),
                      step.remedy});
            }
        }
    }
    if (ledger) {
        diagnosis.presentations = (*ledger)->presentations(account.name);
    }
    const auto bad = std::find_if(diagnosis.advice.begin(), diagnosis.advice.end(), [](const Advice& advice) {
        return advice.state == core::State::fail || advice.state == core::State::unknown;
    });
    if (bad != diagnosis.advice.end()) {
        tell({"next", core::State::pass, fmt::format("Mend what stands under \"{}\" first.", bad->topic), ""});
    } else if (!login) {
        tell({"next",
              core::State::pass,
              fmt::format("Nothing stands in the way. One login, under the guard: mailpreflight doctor {} --login",
                          source_name),
              ""});
    } else {
        tell({"next",
              core::State::pass,
              fmt::format("The login works. The mailboxes: mailpreflight probe {}", source_name),
              ""});
    }
    return diagnosis;
}

} // namespace mailpreflight::runner
