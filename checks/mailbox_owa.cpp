#include "checks/mailbox_checks.hpp"
#include "checks/owa_facts.hpp"

namespace mailpreflight::checks {

Looked mailbox_owa(Access& access,
                   const std::string& address,
                   std::optional<base::SystemTime> newer_than,
                   const base::Deadline& deadline) {
    const core::TrackKey key{core::Check::mailbox_owa, core::Subject::of_mailbox(access.endpoints().source, address)};
    const auto login = access.owa_login(newer_than, false, deadline);
    if (!login) {
        return closed_owa(access, login.error());
    }
    Looked looked;
    if (!access.pace(deadline)) {
        looked.gate = core::Failure{core::Stage::exchange, core::Cause::no_answer, "stopped before it was sent", {}};
        return looked;
    }
    const base::SystemTime opened_at = (*login)->opened_at;
    const auto answer = (*login)->door->open_mailbox(address, deadline);
    if (!answer && answer.error().stage != core::Stage::exchange && answer.error().stage != core::Stage::judge) {
        looked = closed_owa(access, answer.error());
        access.end_owa(deadline);
        return looked;
    }
    core::Observation look = answer ? core::observe(key, access.now(), answer->cause, answer->detail)
                                    : core::observe(key, access.now(), answer.error());
    if (answer) {
        look.evidence = answer->evidence;
        look.evidence.peer = access.last_dial().peer;
        looked.back_off = answer->back_off;
        add_front_door(look, answer->front_door);
    }
    access.end_owa(deadline);
    look.connected_at = opened_at;
    looked.observations.push_back(std::move(look));
    return looked;
}

} // namespace mailpreflight::checks
