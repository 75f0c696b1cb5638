#include "checks/anonymous_answer.hpp"

#include "base/text.hpp"
#include "checks/owa_facts.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

core::Observation anonymous_answer(Access& access, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    const core::TrackKey key{core::Check::ews_login, core::Subject::of_source(endpoints.source)};
    auto lane = access.dial(deadline);
    if (!lane) {
        return core::observe(key, access.now(), lane.error());
    }
    http::Request request;
    request.method = "POST"; // some front ends send every other method to OWA (ews.md 1.1)
    request.target = endpoints.ews_path;
    request.headers.add("User-Agent", endpoints.user_agent);
    request.headers.add("Content-Type", "text/xml; charset=utf-8");
    const auto response = lane->send(request, deadline);
    if (!response) {
        return core::observe(key, access.now(), response.error());
    }
    core::Observation look;
    if (response->status == 401) {
        const std::vector<std::string> offers = http::offered_schemes(response->headers);
        const http::Means means = endpoints.identity ? endpoints.identity->means() : http::Means{.password = true};
        const auto way = http::best_way(endpoints.scheme, means, offers);
        look = core::observe(key,
                             access.now(),
                             way ? core::Cause::ok : core::Cause::auth_scheme_not_offered,
                             fmt::format("401, offers {}; {}",
                                         offers.empty() ? "nothing" : base::join(offers, ", "),
                                         way ? fmt::format("we use {}", http::name_of(*way))
                                             : fmt::format("auth = \"{}\" and this account's means fit none of them",
                                                           http::name_of(endpoints.scheme))));
        look.facts["offers"] = base::join(offers, " ");
    } else {
        const auto door = ews::front_door_before_ews(*response, endpoints.ews.host);
        look = core::observe(key,
                             access.now(),
                             ews::cause_of_http(*response, endpoints.ews.host),
                             fmt::format("HTTP {} where 401 was expected{}",
                                         response->status,
                                         door ? ": " + ews::to_text(*door) + " stands in front of EWS" : ""));
        add_front_door(look, door);
    }
    look.evidence = ews::evidence_of(request, *response, endpoints.ews.host, endpoints.ews.port);
    look.evidence.peer = access.last_dial().peer;
    look.stages.push_back({core::Stage::exchange, response->took});
    return look;
}

core::Observation own_mailbox(Access& access, const base::Deadline& deadline) {
    const core::TrackKey key{core::Check::ews_login, core::Subject::of_source(access.endpoints().source)};
    auto lane = access.ews_lane(std::nullopt, false, deadline);
    if (!lane) {
        return core::observe(key, access.now(), lane.error());
    }
    const auto answer = ews::open_own((*lane)->lane, (*lane)->context, deadline);
    if (!answer) {
        return core::observe(key, access.now(), answer.error());
    }
    core::Observation look = core::observe(key, access.now(), answer->cause, answer->detail);
    if (answer->cause == core::Cause::admin_has_no_mailbox) {
        look.state = core::State::warn; // the login works; only Exchange 2013 needs the mailbox
    }
    look.evidence = answer->evidence;
    if (!answer->root_id_digest.empty()) {
        look.facts["root_id"] = answer->root_id_digest;
    }
    return look;
}

} // namespace mailpreflight::checks
