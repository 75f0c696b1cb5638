#include "checks/open_mailbox.hpp"

#include "checks/gate.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

namespace {

/// What the directory adds to "no such mailbox here" (6.8): mailbox_missing needs this second witness.
void ask_second_witness(core::Observation& look,
                        Access& access,
                        Access::EwsLane& lent,
                        const std::string& address,
                        const base::Deadline& deadline) {
    if (!access.pace(deadline)) {
        return;
    }
    const auto answer = ews::resolve_address(lent.lane, lent.context, address, deadline);
    if (!answer) {
        look.detail += fmt::format("; the directory could not be asked: {}", answer.error().detail);
        return;
    }
    core::Cause cause = look.cause;
    switch (answer->found) {
    case ews::Found::none:
        cause = core::Cause::mailbox_missing;
        look.detail += "; the directory does not know the address either";
        break;
    case ews::Found::other_recipient:
        cause = core::Cause::not_a_mailbox;
        look.detail += "; the directory knows it as another kind of recipient";
        break;
    case ews::Found::mailbox:
        look.detail += "; the directory knows the address";
        look.facts["directory"] = "knows the address";
        break;
    case ews::Found::several:
        look.detail += "; the directory knows several of that name";
        break;
    case ews::Found::not_told:
        look.detail += "; the directory did not tell: " + answer->evidence.response_code;
        break;
    }
    look.cause = cause;
    look.state = core::state_of(cause);
}

core::Observation observe_answer(const core::TrackKey& key,
                                 const ews::MailboxAnswer& answer,
                                 const Access& access,
                                 const Access::EwsLane& lent) {
    core::Observation look = core::observe(key, access.now(), answer.cause, answer.detail);
    look.evidence = answer.evidence;
    look.evidence.peer = lent.lane.lane().report().peer;
    look.connected_at = lent.opened_at;
    if (!answer.root_id_digest.empty()) {
        look.facts["root_id"] = answer.root_id_digest;
    }
    if (answer.primary_address) {
        look.facts["primary_address"] = *answer.primary_address;
    }
    if (!answer.evidence.back_end.empty()) {
        look.facts["back_end"] = answer.evidence.back_end;
    }
    return look;
}

} // namespace

Looked open_mailbox(Access& access,
                    core::Check check,
                    OpenMailbox open,
                    const std::string& address,
                    std::optional<base::SystemTime> newer_than,
                    const base::Deadline& deadline) {
    const core::TrackKey key{check, core::Subject::of_mailbox(access.endpoints().source, address)};
    auto lane = access.ews_lane(newer_than, false, deadline);
    if (!lane) {
        return closed_gate(access, lane.error(), core::Check::ews_login);
    }
    Access::EwsLane& lent = **lane;
    const auto started = std::chrono::steady_clock::now();
    const auto answer = open(lent.lane, lent.context, address, deadline);
    Looked looked;
    if (!answer && answer.error().stage == core::Stage::authenticate) {
        looked = closed_gate(access, answer.error(), core::Check::ews_login);
        access.drop();
        return looked;
    }
    if (!answer) {
        core::Observation look = core::observe(key, access.now(), answer.error());
        look.connected_at = lent.opened_at;
        look.evidence.peer = lent.lane.lane().report().peer;
        looked.observations.push_back(std::move(look));
        looked.back_off = answer.error().retry_after;
        access.drop();
        return looked;
    }
    core::Observation look = observe_answer(key, *answer, access, lent);
    if (look.cause == core::Cause::mailbox_not_found_here) {
        ask_second_witness(look, access, lent, address, deadline);
    }
    look.stages.push_back({core::Stage::exchange,
                           std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started)});
    looked.back_off = answer->back_off;
    looked.observations.push_back(std::move(look));
    return looked;
}

} // namespace mailpreflight::checks
