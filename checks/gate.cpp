#include "checks/gate.hpp"

#include "checks/source_checks.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

core::Observation failed_login(const Access& access, const core::Failure& failure, core::Check login) {
    const SourceEndpoints& endpoints = access.endpoints();
    const bool owa = login == core::Check::owa_login;
    const net::Target& target = owa ? endpoints.owa : endpoints.ews;
    core::Failure shown = failure;
    if (shown.cause == core::Cause::credential_parked) {
        shown.cause = core::Cause::credential_refused;
    }
    core::Observation look = core::observe({login, core::Subject::of_source(endpoints.source)}, access.now(), shown);
    look.stages = access.last_dial().stages;
    look.evidence.url =
        fmt::format("https://{}:{}{}", target.host, target.port, owa ? endpoints.owa_path : endpoints.ews_path);
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = access.now();
    return look;
}

Looked closed_gate(const Access& access, const core::Failure& failure, core::Check login) {
    Looked looked;
    looked.gate = failure;
    looked.back_off = failure.retry_after;
    const SourceEndpoints& endpoints = access.endpoints();
    const net::Target& target = login == core::Check::owa_login ? endpoints.owa : endpoints.ews;
    const http::DialReport& report = access.last_dial();
    const base::SystemTime now = access.now();
    switch (gate_of(failure, login)) {
    case core::Check::source_dns:
        looked.observations.push_back(source_dns(endpoints.source, report, &failure, target, now));
        break;
    case core::Check::source_tcp:
        looked.observations.push_back(*source_tcp(endpoints.source, report, &failure, target, now));
        break;
    case core::Check::tls_certificate:
        looked.observations.push_back(*tls_certificate(endpoints.source, report, &failure, target, now));
        break;
    case core::Check::ews_login:
    case core::Check::owa_login:
    case core::Check::auth_extended_protection:
    case core::Check::account_password:
    case core::Check::source_address:
    case core::Check::source_clock:
    case core::Check::tls_floor:
    case core::Check::ews_user_agent:
    case core::Check::ews_retirement:
    case core::Check::server_version:
    case core::Check::mailbox_impersonation:
    case core::Check::mailbox_full_access:
    case core::Check::mailbox_owa:
    case core::Check::mailbox_own_login:
    case core::Check::account_spray_brake:
    case core::Check::account_rights:
    case core::Check::source_watch:
        looked.observations.push_back(failed_login(access, failure, login));
        break;
    }
    return looked;
}

} // namespace mailpreflight::checks
