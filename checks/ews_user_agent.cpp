#include "checks/ews_user_agent.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

namespace {

using core::Cause;

constexpr const char* check_name = "ews.user_agent";
constexpr base::Duration once_in = std::chrono::hours(1);

bool is_clear(Cause cause) {
    return cause == Cause::ok || cause == Cause::ews_access_blocked;
}

} // namespace

std::optional<Cause> judge_user_agents(Cause tool, Cause own) {
    if (!is_clear(tool) || !is_clear(own)) {
        return std::nullopt;
    }
    if (tool == Cause::ok) {
        return own == Cause::ok ? Cause::ok : Cause::user_agent_filtered;
    }
    return own == Cause::ok ? std::optional(Cause::user_agent_blocked) : std::nullopt;
}

core::Outcome<std::optional<core::Observation>>
ews_user_agent(Access& access, Access::EwsLane& lent, const ews::Answer& told, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    const bool refused = told.cause == Cause::ews_access_blocked;
    const bool askable =
        !endpoints.own_user_agent.empty() && is_clear(told.cause) && lent.lane.authenticated() && lent.lane.alive();
    if (!askable || !(refused || endpoints.book->is_due(check_name, once_in, access.now())) || !access.pace(deadline)) {
        return std::nullopt;
    }
    ews::CallContext ours = lent.context;
    ours.user_agent = endpoints.own_user_agent;
    const auto answer = ews::probe_service(lent.lane, ours, deadline);
    if (!answer) {
        if (answer.error().stage == core::Stage::authenticate) {
            return tl::unexpected(answer.error());
        }
        return std::nullopt;
    }
    const auto cause = judge_user_agents(told.cause, answer->cause);
    if (!cause) {
        return std::nullopt;
    }
    endpoints.book->told(check_name, std::string(core::code_of(*cause)), access.now());
    const auto said = [](Cause one) { return one == Cause::ok ? "is let in" : "gets HTTP 403"; };
    core::Observation look = core::observe({core::Check::ews_user_agent, core::Subject::of_source(endpoints.source)},
                                           access.now(),
                                           *cause,
                                           fmt::format("\"{}\" {}, our own \"{}\" {}",
                                                       endpoints.user_agent,
                                                       said(told.cause),
                                                       endpoints.own_user_agent,
                                                       said(answer->cause)));
    look.evidence = refused ? told.evidence : answer->evidence;
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = lent.opened_at;
    return look;
}

} // namespace mailpreflight::checks
