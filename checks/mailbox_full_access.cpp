#include "checks/mailbox_checks.hpp"
#include "checks/open_mailbox.hpp"

namespace mailpreflight::checks {

Looked mailbox_full_access(Access& access,
                           const std::string& address,
                           std::optional<base::SystemTime> newer_than,
                           const base::Deadline& deadline) {
    return open_mailbox(
        access, core::Check::mailbox_full_access, ews::open_by_full_access, address, newer_than, deadline);
}

} // namespace mailpreflight::checks
