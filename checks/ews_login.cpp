#include "base/text.hpp"
#include "checks/account_password.hpp"
#include "checks/ews_retirement.hpp"
#include "checks/ews_user_agent.hpp"
#include "checks/extended_protection.hpp"
#include "checks/gate.hpp"
#include "checks/login_turn.hpp"
#include "checks/owa_facts.hpp"
#include "checks/server_version.hpp"
#include "checks/source_checks.hpp"
#include "core/own_mailbox.hpp"

namespace mailpreflight::checks {

namespace {

/// The root folder of the admin's own mailbox, by which a mailbox that is opened instead of another is known (6.8). An
/// account without a mailbox has none; what goes wrong here says nothing about the login. Fails by a refused
/// presentation only.
core::Outcome<std::string> own_root(Access& access, Access::EwsLane& lent, const base::Deadline& deadline) {
    if (access.endpoints().identity->oauth || !lent.lane.alive() || !access.pace(deadline)) {
        return std::string(); // an application has no mailbox of its own
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

/// What a token says of itself: who, for what, with which rights.
void add_token_facts(core::Observation& look, const http::TokenPtr& token) {
    if (!token || !token->claims) {
        return;
    }
    const http::TokenClaims& claims = *token->claims;
    look.facts["token_audience"] = claims.audience;
    look.facts["token_application"] = claims.application;
    look.facts["token_tenant"] = claims.tenant;
    look.facts["token_roles"] = base::join(claims.roles, " ");
    if (!claims.scopes.empty()) {
        look.facts["token_scopes"] = claims.scopes;
    }
}

} // namespace

Looked ews_login(Access& access, const base::Deadline& deadline) {
    const core::TrackKey key{core::Check::ews_login, core::Subject::of_source(access.endpoints().source)};
    const PasswordTold told = ask_directory(access, deadline);
    if (auto held = held_by_directory(access, told, core::Check::ews_login)) {
        access.drop();
        return std::move(*held);
    }
    std::vector<net::Address> passed_over;
    auto lane = access.ews_lane(access.now(), true, deadline);
    if (!lane) {
        return closed_gate(access, lane.error(), core::Check::ews_login);
    }
    auto answer = ews::probe_service((*lane)->lane, (*lane)->context, deadline);
    if (!answer && (*lane)->lane.closed_by_question()) {
        // Nothing was presented: the connection after it knows what to begin with.
        access.drop();
        lane = access.ews_lane(access.now(), true, deadline);
        if (!lane) {
            return closed_gate(access, lane.error(), core::Check::ews_login);
        }
        answer = ews::probe_service((*lane)->lane, (*lane)->context, deadline);
    }
    while (may_try_another(access, (*lane)->lane, answer, passed_over, deadline)) {
        access.drop();
        auto next = access.ews_lane(access.now(), true, deadline, passed_over);
        if (!next) {
            return closed_gate(access, next.error(), core::Check::ews_login);
        }
        lane = next;
        answer = ews::probe_service((*lane)->lane, (*lane)->context, deadline);
    }
    Access::EwsLane& lent = **lane;
    Looked looked;
    note_login(access, "ews", lent.lane.lane().report().address, answer ? nullptr : &answer.error());
    if (!answer) {
        if (auto suspect = refused_by_one(access, core::Check::ews_login, "ews", answer.error())) {
            access.drop();
            return *std::move(suspect);
        }
        looked.observations.push_back(failed_login(access, answer.error(), core::Check::ews_login));
        if (auto bound = extended_protection(access, lent.lane, &answer.error(), lent.opened_at)) {
            looked.observations.push_back(std::move(*bound));
        }
        if (told.directory) { // it knows more than the refusal says
            looked.observations.push_back(account_password(access, told, lent.opened_at));
        }
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
    add_front_door(look, answer->front_door);
    look.facts["offers"] = base::join(lent.lane.offers(), " ");
    if (const auto way = lent.lane.way()) {
        look.facts["way"] = http::name_of(*way);
    }
    add_token_facts(look, lent.lane.token());
    if (auto left = ews_retirement(access, *answer, lent.opened_at)) {
        looked.observations.push_back(std::move(*left));
    }
    if (auto bound = extended_protection(access, lent.lane, nullptr, lent.opened_at)) {
        looked.observations.push_back(std::move(*bound));
    }
    if (answer->server_version) {
        looked.observations.push_back(server_version(access, *answer, lent.opened_at));
    }
    looked.back_off = answer->back_off;
    auto agents = ews_user_agent(access, lent, *answer, deadline);
    if (!agents) {
        return closed_gate(access, agents.error(), core::Check::ews_login);
    }
    if (*agents) {
        looked.observations.push_back(**std::move(agents));
    }
    if (look.state == core::State::fail) {
        looked.gate = core::Failure{core::Stage::judge, answer->cause, answer->detail, answer->back_off};
    } else if (core::is_good(look.state) && !answer->back_off) { // a 503 tells nothing of the password
        auto password = account_password(access, lent, told, deadline);
        if (!password) {
            return closed_gate(access, password.error(), core::Check::ews_login);
        }
        looked.observations.push_back(std::move(*password));
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
