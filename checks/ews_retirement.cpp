#include "checks/ews_retirement.hpp"

#include "core/exchange_online.hpp"

namespace mailpreflight::checks {

std::optional<core::Observation>
ews_retirement(const Access& access, const ews::Answer& answer, base::SystemTime connected_at) {
    const SourceEndpoints& endpoints = access.endpoints();
    core::EwsRetirement known;
    known.cloud = core::cloud_of_host(endpoints.ews.host);
    const bool by_answer = answer.server_version && answer.server_version->is_online();
    if (!known.cloud && !by_answer) {
        return std::nullopt;
    }
    known.refused = answer.cause == core::Cause::exchange_online_ews_closed;
    if (!known.refused && answer.cause != core::Cause::ok) {
        return std::nullopt; // an outage says nothing about what is left open
    }
    known.last_window_end = endpoints.last_window_end;
    const core::RetirementVerdict verdict = core::judge_retirement(known, access.now());
    core::Observation look = core::observe({core::Check::ews_retirement, core::Subject::of_source(endpoints.source)},
                                           access.now(),
                                           verdict.cause,
                                           verdict.detail);
    look.facts["cloud"] = known.cloud ? std::string(core::name_of(*known.cloud)) : "not known";
    look.evidence = answer.evidence;
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = connected_at;
    return look;
}

} // namespace mailpreflight::checks
