#include "checks/run.hpp"

#include "checks/mailbox_checks.hpp"
#include "checks/source_address.hpp"
#include "checks/source_checks.hpp"

namespace mailpreflight::checks {

Looked run(const core::CheckRequest& request, Access& access, const base::Deadline& deadline) {
    const std::string& address = request.key.subject.name;
    switch (request.key.check) {
    case core::Check::source_dns:
    case core::Check::source_tcp:
    case core::Check::tls_certificate:
        return look_at_connection(access, deadline);
    case core::Check::tls_floor:
        return tls_floor(access, deadline);
    case core::Check::ews_login:
    case core::Check::auth_extended_protection:
    case core::Check::ews_user_agent:
    case core::Check::ews_retirement:
    case core::Check::server_version:
        return ews_login(access, deadline);
    case core::Check::account_password: // told beside the login
        return access.endpoints().ews_path.empty() ? owa_login(access, deadline) : ews_login(access, deadline);
    case core::Check::owa_login:
        return owa_login(access, deadline);
    case core::Check::mailbox_impersonation:
        return mailbox_impersonation(access, address, request.connection_after, deadline);
    case core::Check::mailbox_full_access:
        return mailbox_full_access(access, address, request.connection_after, deadline);
    case core::Check::mailbox_owa:
        return mailbox_owa(access, address, request.connection_after, deadline);
    case core::Check::mailbox_own_login:
        return mailbox_own_login(access, address, deadline);
    case core::Check::source_address:
    case core::Check::source_clock:
        return source_address(access, deadline);
    case core::Check::account_spray_brake:
    case core::Check::account_rights:
    case core::Check::source_watch:
        return {}; // the judge's own
    }
    return {};
}

} // namespace mailpreflight::checks
