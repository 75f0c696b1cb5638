#include "checks/gate.hpp"
#include "checks/mailbox_checks.hpp"

namespace mailpreflight::checks {

Looked mailbox_owa(Access& access, const std::string& address, const base::Deadline& deadline) {
    const core::TrackKey key{core::Check::mailbox_owa, core::Subject::of_mailbox(access.endpoints().source, address)};
    const base::SystemTime started = access.now();
    auto session = access.owa_session(false, deadline);
    if (!session) {
        return closed_gate(access, session.error(), core::Check::owa_login);
    }
    Looked looked;
    if (!access.pace(deadline)) {
        looked.gate = core::Failure{core::Stage::exchange, core::Cause::no_answer, "stopped before it was sent", {}};
        return looked;
    }
    const auto answer = session->open_mailbox(address, deadline);
    if (!answer && answer.error().stage == core::Stage::authenticate) {
        return closed_gate(access, answer.error(), core::Check::owa_login);
    }
    core::Observation look = answer ? core::observe(key, access.now(), answer->cause, answer->detail)
                                    : core::observe(key, access.now(), answer.error());
    if (answer) {
        look.evidence = answer->evidence;
        looked.back_off = answer->back_off;
        session->log_off(deadline);
    }
    look.connected_at = started;
    looked.observations.push_back(std::move(look));
    return looked;
}

} // namespace mailpreflight::checks
