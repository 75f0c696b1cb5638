#include "runner/setup.hpp"

#include "config/secret_file.hpp"

namespace mailpreflight::runner {

namespace {

std::chrono::milliseconds in_milliseconds(base::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

net::Target target_of(const config::EndpointUrl& url, const config::Tls& tls) {
    return {url.host, url.port, {tls.ca_file, tls.server_name, tls.pin_sha256}};
}

http::Scheme scheme_of(config::AuthChoice choice) {
    switch (choice) {
    case config::AuthChoice::automatic:
    case config::AuthChoice::ntlm:
        return http::Scheme::ntlm;
    case config::AuthChoice::basic:
        return http::Scheme::basic;
    }
    return http::Scheme::ntlm;
}

LoadedAccount load_account(const config::Account& account,
                           const std::filesystem::path& credentials_directory,
                           const Fingerprint& fingerprint) {
    auto secret = config::load_secret(account.password, credentials_directory);
    if (!secret) {
        return {nullptr, secret.error().message()};
    }
    auto print = fingerprint(account.name, *secret);
    if (!print) {
        return {nullptr, print.error().message()};
    }
    return {std::make_shared<const http::Identity>(
                http::Identity{account.name, account.username, std::move(*secret), std::move(*print)}),
            {}};
}

checks::SourceEndpoints endpoints_of(const config::Source& source, const LoadedAccount& account) {
    checks::SourceEndpoints endpoints;
    endpoints.source = source.name;
    if (source.ews) {
        endpoints.ews = target_of(*source.ews, source.tls);
        endpoints.ews_path = source.ews->path;
    }
    // What the operator wrote is what the migration tool will use: /exchange is tried as /exchange.
    if (const auto& door = source.exchange ? source.exchange : source.owa) {
        endpoints.owa = target_of(*door, source.tls);
        endpoints.owa_path = door->path;
    }
    endpoints.user_agent = source.user_agent;
    endpoints.scheme = scheme_of(source.auth);
    endpoints.identity = account.identity;
    endpoints.identity_problem = account.problem;
    endpoints.request_timeout = in_milliseconds(source.limits.request_timeout);
    return endpoints;
}

} // namespace

std::map<std::string, LoadedAccount> load_accounts(const config::Config& config,
                                                   const std::filesystem::path& credentials_directory,
                                                   const Fingerprint& fingerprint) {
    std::map<std::string, LoadedAccount> accounts;
    for (const auto& [name, account] : config.accounts) {
        accounts.emplace(name, load_account(account, credentials_directory, fingerprint));
    }
    return accounts;
}

std::map<std::string, SourceSetup> source_setups(const config::Config& config,
                                                 const std::map<std::string, LoadedAccount>& accounts) {
    std::map<std::string, SourceSetup> setups;
    for (const auto& [name, source] : config.sources) {
        SourceSetup setup;
        setup.endpoints = endpoints_of(source, accounts.at(source.account));
        setup.lanes = source.limits.lanes;
        setup.requests_per_second = source.limits.requests_per_second;
        if (!source.limits.quiet.empty()) {
            setup.is_quiet = [limits = source.limits](base::SystemTime now) { return limits.is_quiet(now); };
        }
        setups.emplace(name, std::move(setup));
    }
    return setups;
}

std::map<std::string, core::GuardPolicy> guard_policies(const config::Config& config) {
    std::map<std::string, core::GuardPolicy> policies;
    for (const auto& [name, account] : config.accounts) {
        core::GuardPolicy policy;
        policy.threshold_declared = account.lockout_threshold.has_value();
        policy.lockout_threshold = account.lockout_threshold.value_or(policy.lockout_threshold);
        policy.lockout_window = account.lockout_window;
        policy.login_interval = config.schedule.login_interval;
        policies.emplace(name, policy);
    }
    return policies;
}

core::SourceNames names_of(const config::Config& config, const std::string& source) {
    const config::Source& wanted = config.sources.at(source);
    core::SourceNames names;
    names.account = config.accounts.at(wanted.account).username;
    names.upn = config.accounts.at(wanted.account).upn;
    names.host = wanted.ews ? wanted.ews->host : wanted.owa ? wanted.owa->host : "";
    return names;
}

} // namespace mailpreflight::runner
