#include "checks/gate.hpp"
#include "checks/server_version.hpp"
#include "checks/source_checks.hpp"

namespace mailpreflight::checks {

Looked ews_login(Access& access, const base::Deadline& deadline) {
    const core::TrackKey key{core::Check::ews_login, core::Subject::of_source(access.endpoints().source)};
    auto lane = access.ews_lane(access.now(), true, deadline);
    if (!lane) {
        return closed_gate(access, lane.error(), core::Check::ews_login);
    }
    Access::EwsLane& lent = **lane;
    const auto answer = ews::probe_service(lent.lane, lent.context, deadline);
    Looked looked;
    if (!answer) {
        looked.observations.push_back(failed_login(access, answer.error(), core::Check::ews_login));
        looked.gate = answer.error();
        looked.back_off = answer.error().retry_after;
        access.drop();
        return looked;
    }
    core::Observation look = core::observe(key, access.now(), answer->cause, answer->detail);
    look.stages = access.last_dial().stages;
    look.stages.push_back({core::Stage::authenticate, lent.lane.time_to_authenticate()});
    look.evidence = answer->evidence;
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = lent.opened_at;
    looked.back_off = answer->back_off;
    if (look.state == core::State::fail) {
        looked.gate = core::Failure{core::Stage::judge, answer->cause, answer->detail, answer->back_off};
    }
    looked.observations.push_back(std::move(look));
    if (answer->server_version) {
        looked.observations.push_back(server_version(access, *answer, lent.opened_at));
    }
    return looked;
}

} // namespace mailpreflight::checks
