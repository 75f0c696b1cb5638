#include "checks/gate.hpp"
#include "checks/source_checks.hpp"

namespace mailpreflight::checks {

Looked owa_login(Access& access, const base::Deadline& deadline) {
    const core::TrackKey key{core::Check::owa_login, core::Subject::of_source(access.endpoints().source)};
    const base::SystemTime started = access.now();
    auto session = access.owa_session(true, deadline);
    if (!session) {
        return closed_gate(access, session.error(), core::Check::owa_login);
    }
    core::Observation look = core::observe(key, access.now(), core::Cause::ok, session->detail());
    look.stages = access.last_dial().stages;
    look.evidence = session->evidence();
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = started;
    if (!session->build().empty()) {
        look.facts["build"] = session->build();
    }
    look.facts["own_mailbox"] = session->has_own_mailbox() ? "yes" : "no";
    session->log_off(deadline);
    Looked looked;
    looked.observations.push_back(std::move(look));
    return looked;
}

} // namespace mailpreflight::checks
