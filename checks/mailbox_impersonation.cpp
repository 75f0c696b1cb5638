#include "checks/mailbox_checks.hpp"
#include "checks/open_mailbox.hpp"

namespace mailpreflight::checks {

Looked mailbox_impersonation(Access& access,
                             const std::string& address,
                             std::optional<base::SystemTime> newer_than,
                             const base::Deadline& deadline) {
    return open_mailbox(
        access, core::Check::mailbox_impersonation, ews::open_by_impersonation, address, newer_than, deadline);
}

} // namespace mailpreflight::checks
