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

namespace mailpreflight::runner {

/// One account with its secret read, or why it could not be.
struct LoadedAccount {
    std::shared_ptr<const http::Identity> identity;
    std::string problem;
};

/// Fingerprint of account and secret: store/fingerprint.hpp with the key of the state folder.
using Fingerprint = std::function<base::Result<std::string>(const std::string& account, const base::Secret& secret)>;

/// Reads every account's secret. `credentials_directory` is $CREDENTIALS_DIRECTORY or empty.
std::map<std::string, LoadedAccount> load_accounts(const config::Config& config,
                                                   const std::filesystem::path& credentials_directory,
                                                   const Fingerprint& fingerprint);

/// The configuration's sources, made ready for the wire.
std::map<std::string, SourceSetup> source_setups(const config::Config& config,
                                                 const std::map<std::string, LoadedAccount>& accounts);

/// What the guard holds each account to.
std::map<std::string, core::GuardPolicy> guard_policies(const config::Config& config);

/// The names that remedies mention for a source.
core::SourceNames names_of(const config::Config& config, const std::string& source);

} // namespace mailpreflight::runner
