#pragma once

#include "base/clock.hpp"
#include "checks/access.hpp"
#include "config/config.hpp"
#include "net/network.hpp"
#include "runner/pacer.hpp"
#include "runner/setup.hpp"
#include "store/ledger.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace mailpreflight::runner {

/// What a program without a service needs to look at one source: the guard's ledger, the secrets, and an Access at the
/// source's rate. Who cannot open the ledger does not present: its accounts then have no identity, and say why.
class OneShot {
public:
    OneShot(const config::Config& config,
            const std::string& source,
            const std::filesystem::path& state_directory,
            const std::filesystem::path& credentials_directory);
    OneShot(const OneShot&) = delete;
    OneShot& operator=(const OneShot&) = delete;

    [[nodiscard]] checks::Access& access() {
        return *access_;
    }
    /// Or why it cannot be opened.
    [[nodiscard]] const base::Result<std::unique_ptr<store::Ledger>>& ledger() const {
        return ledger_;
    }
    [[nodiscard]] const LoadedAccount& account() const {
        return account_;
    }
    /// For one check.
    [[nodiscard]] base::Deadline deadline() const;

private:
    /// cpprestsdk wants to be set up before any thread.
    struct RestClient {
        RestClient();
    };

    const RestClient rest_client_;
    const base::RealClock clock_;
    net::Network network_;
    base::Result<std::unique_ptr<store::Ledger>> ledger_;
    std::unique_ptr<core::CredentialGate> closed_; ///< in the ledger's place
    LoadedAccount account_;
    SourceSetup setup_;
    Pacer pacer_;
    std::unique_ptr<checks::Access> access_;
};

} // namespace mailpreflight::runner
