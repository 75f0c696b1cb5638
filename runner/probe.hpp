#pragma once

#include "config/config.hpp"
#include "core/observation.hpp"
#include "core/remedy.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace mailpreflight::runner {

/// One step of a probe, as it ended.
struct ProbeStep {
    std::string name; ///< "DNS", "TCP", "TLS", "anonymous answer", "login", "own mailbox", "OWA login", "impersonation
                      ///< user@..."
    core::Observation seen;
    std::string remedy;
    base::Duration took{0};
};

/// Where the guard's ledger of a probe is kept: the daemon's state directory where there is one, else the user's own.
struct ProbeLedger {
    std::filesystem::path directory;
    bool shared_with_daemon = false;
};
ProbeLedger ledger_for_probe(const config::Config& config, const std::filesystem::path& user_state);

/// One shot at a source without a daemon, through the same checks: each step gates the next, and no credential goes
/// past a failed one or past the guard. `on_step` is called as each ends. Mailboxes: the given addresses, else up to
/// three of the source's batches, by each way that the batches require (impersonation where none does).
std::vector<ProbeStep> probe(const config::Config& config,
                             const std::string& source,
                             std::vector<std::string> addresses,
                             const ProbeLedger& ledger,
                             const std::filesystem::path& credentials_directory,
                             const std::function<void(const ProbeStep&)>& on_step);

class OneShot;

/// Its steps up to and with the one login that proves the secret.
std::vector<ProbeStep> probe_login(const config::Config& config,
                                   const std::string& source,
                                   OneShot& shot,
                                   const std::function<void(const ProbeStep&)>& on_step);

} // namespace mailpreflight::runner
