#pragma once

#include "checks/logon_hints.hpp"
#include "config/config.hpp"
#include "core/guard.hpp"
#include "core/observation.hpp"
#include "core/remedy.hpp"
#include "runner/probe.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace mailpreflight::runner {

/// One thing that doctor found, in plain words.
struct Advice {
    std::string topic; ///< "name", "TLS", "EWS", "user name", "OWA", "secret", "guard", "clock", "login"
    core::State state = core::State::pass;
    std::string text;
    std::string remedy; ///< what to do about it; empty: nothing

    bool operator==(const Advice&) const = default;
};

/// Which form of the user name the site seems to want, from what it tells before a login. Pure; nothing is tried.
std::vector<Advice> advice_on_user_name(const config::Account& account, const checks::LogonHints& hints);

/// What the site offers against what the configuration allows and the account can do. Pure.
std::vector<Advice> advice_on_offers(http::Scheme allowed,
                                     const http::Means& means,
                                     const checks::LogonHints& hints,
                                     const core::RemedyNames& names);

/// What the guard would say to a login now. Pure. `fingerprint` is empty where the secret cannot be read.
Advice advice_on_guard(const std::string& account,
                       const std::string& fingerprint,
                       const core::AccountLedger& ledger,
                       const core::GuardPolicy& policy,
                       base::SystemTime now);

Advice advice_on_clock(base::Duration ahead);

/// What doctor came to.
struct Diagnosis {
    std::vector<Advice> advice;
    int presentations = 0; ///< that it made
};

/// Explains a source and its account without presenting anything; with `login` it ends with the one proving login of
/// `probe`. `on_advice` is called as each thing is found.
Diagnosis diagnose(const config::Config& config,
                   const std::string& source,
                   const ProbeLedger& ledger,
                   const std::filesystem::path& credentials_directory,
                   bool login,
                   const std::function<void(const Advice&)>& on_advice);

} // namespace mailpreflight::runner
