#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// The common part of the two EWS ways: lends a lane, opens by `open`, asks the second witness where it is needed, and
/// makes the observation of `check`.
using OpenMailbox = core::Outcome<ews::MailboxAnswer> (*)(http::AuthenticatedLane&,
                                                          ews::CallContext&,
                                                          const std::string&,
                                                          const base::Deadline&);

Looked open_mailbox(Access& access,
                    core::Check check,
                    OpenMailbox open,
                    const std::string& address,
                    std::optional<base::SystemTime> newer_than,
                    const base::Deadline& deadline);

} // namespace mailpreflight::checks
