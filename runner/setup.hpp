#pragma once

#include "config/config.hpp"
#include "core/guard.hpp"
#include "core/readiness.hpp"
#include "runner/runner.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mailpreflight::runner {

/// One account with its secret read, or why it could not be.
struct LoadedAccount {
    std::shared_ptr<const http::Identity> identity;
    std::string problem;
};

/// Fingerprint of account and secret: store/fingerprint.hpp with the key of the state folder.
using Fingerprint = std::function<base::Result<std::string>(const std::string& account, const base::Secret& secret)>;

/// Reads every account's secret. `credentials_directory` is $CREDENTIALS_DIRECTORY or empty. An application that is as
/// it was `before` keeps its tokens and the count of its requests.
std::map<std::string, LoadedAccount> load_accounts(const config::Config& config,
                                                   const std::filesystem::path& credentials_directory,
                                                   const Fingerprint& fingerprint,
                                                   const std::map<std::string, LoadedAccount>& before = {});

/// The individual passwords of each source that has some, by address.
using OwnLoginsOfSources = std::map<std::string, std::shared_ptr<const checks::OwnLogins>>;

/// Reads the files of individual passwords. What cannot be used says why and is not presented.
OwnLoginsOfSources load_own_logins(const config::Config& config, const Fingerprint& fingerprint);

/// The configuration's sources, made ready for the wire.
std::map<std::string, SourceSetup> source_setups(const config::Config& config,
                                                 const std::map<std::string, LoadedAccount>& accounts,
                                                 const OwnLoginsOfSources& own_logins = {});

/// What the guard holds each account to; under "" what holds for individual passwords, whose accounts have no table of
/// their own: the strictest that any account of this configuration declares.
std::map<std::string, core::GuardPolicy> guard_policies(const config::Config& config);

/// Every form of each account's user name, by which the guard knows the person; of individual passwords, too.
std::map<std::string, std::vector<std::string>> names_of_accounts(const config::Config& config);

/// The names that remedies mention for a source.
core::SourceNames names_of(const config::Config& config, const std::string& source);

} // namespace mailpreflight::runner
