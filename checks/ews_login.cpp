#include "checks/gate.hpp"
#include "checks/server_version.hpp"
#include "checks/source_checks.hpp"
#include "core/own_mailbox.hpp"

namespace mailpreflight::checks {

namespace {

/// The root folder of the admin's own mailbox, by which a mailbox that is opened instead of another is known (6.8). An
/// account without a mailbox has none; what goes wrong here says nothing about the login. Fails by a refused
/// presentation only.
core::Outcome<std::string> own_root(Access& access, Access::EwsLane& lent, const base::Deadline& deadline) {
    if (!lent.lane.alive() || !access.pace(deadline)) {
        return std::string();
    }
    auto answer = ews::open_own(lent.lane, lent.context, deadline);
    if (answer) {
        return std::move(answer->root_id_digest);
    }
    access.drop();
    if (answer.error().stage == core::Stage::authenticate) {
        return tl::unexpected(std::move(answer.error()));
    }
    return std::string();
}

} // namespace

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
    if (answer->server_version) {
        looked.observations.push_back(server_version(access, *answer, lent.opened_at));
    }
    looked.back_off = answer->back_off;
    if (look.state == core::State::fail) {
        looked.gate = core::Failure{core::Stage::judge, answer->cause, answer->detail, answer->back_off};
    } else if (!answer->back_off) {
        const auto root = own_root(access, lent, deadline); // lent is gone after a failure
        if (!root) {
            return closed_gate(access, root.error(), core::Check::ews_login);
        }
        if (!root->empty()) {
            look.facts[core::own_root_fact] = *root;
        }
    }
    looked.observations.insert(looked.observations.begin(), std::move(look));
    return looked;
}

} // namespace mailpreflight::checks
