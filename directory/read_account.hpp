#pragma once

#include "base/secret.hpp"
#include "core/credential_gate.hpp"
#include "directory/account_state.hpp"
#include "net/network.hpp"
#include "net/tls_policy.hpp"

#include <memory>
#include <string>

namespace mailpreflight::directory {

/// The account that reads: one [account.NAME] with its secret as it was when it was loaded.
struct Reader {
    std::string account;
    std::string username; ///< DOMAIN\user, user@domain or a distinguished name
    base::Secret password;
    std::string fingerprint;
};

/// Where the state of one account is read, and by whom.
struct Settings {
    net::Target server;
    bool start_tls = false; ///< else TLS from the first byte
    std::string base;
    std::string filter; ///< finds the account (filter.hpp)
    base::Duration lockout_window = std::chrono::minutes(60);
    std::shared_ptr<const Reader> reader; ///< null: its secret could not be read
    std::string reader_problem;           ///< why not

    /// "ldaps://dc1.contoso.example:636"
    [[nodiscard]] std::string url() const;
};

/// Connects, makes the handshake, binds once as the reader under the guard, searches for the account, and goes. One
/// connection, one bind, no referral is followed, nothing is written; deadline and stop hold at each step. Exactly one
/// account must be found. The failure's detail says which step and why, and never holds a secret.
core::Outcome<AccountState> read_account(net::Network& network,
                                         core::CredentialGate& gate,
                                         const Settings& settings,
                                         const core::Door& door,
                                         base::SystemTime now,
                                         const base::Deadline& deadline);

} // namespace mailpreflight::directory
