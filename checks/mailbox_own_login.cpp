#include "base/text.hpp"
#include "checks/gate.hpp"
#include "checks/mailbox_checks.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

namespace {

using core::Cause;

core::TrackKey key_of(const Access& access, const std::string& address) {
    return {core::Check::mailbox_own_login, core::Subject::of_mailbox(access.endpoints().source, address)};
}

/// What a login that failed says of its mailbox. A refusal is that of this one user; what the guard holds back because
/// of one is shown as the refusal that it stands for.
Looked failed_own_login(Access& access, const std::string& address, const core::Failure& failure) {
    core::Failure shown = failure;
    if (failure.cause == Cause::spray_brake) { // the source's trouble, told by account.spray_brake
        shown.cause = Cause::presentation_withheld;
    } else if (failure.stage == core::Stage::authenticate && failure.cause != Cause::auth_scheme_not_offered &&
               core::state_of(failure.cause) == core::State::fail) {
        shown.cause = Cause::own_login_refused;
    }
    Looked looked;
    core::Observation look = core::observe(key_of(access, address), access.now(), shown);
    look.connected_at = access.now();
    look.evidence.peer = access.last_dial().peer;
    looked.observations.push_back(std::move(look));
    if (failure.stage != core::Stage::authenticate) {
        looked.back_off = failure.retry_after;
    }
    return looked;
}

bool names(const OwnLogin& login, const std::string& address) {
    return base::equals_ignoring_case(login.username, address);
}

/// A user name that is not the address may be somebody else's: then the mailbox of the address, asked for by name on
/// the same connection, is another one than the login's own.
core::Outcome<void> compare_with_address(ews::MailboxAnswer& own,
                                         Access& access,
                                         Access::EwsLane& lane,
                                         const std::string& address,
                                         const base::Deadline& deadline) {
    if (!access.pace(deadline)) {
        return {};
    }
    const auto named = ews::open_by_full_access(lane.lane, lane.context, address, deadline);
    if (!named) {
        return tl::unexpected(named.error());
    }
    const bool opened = core::is_good(core::state_of(named->cause));
    const bool refused = core::state_of(named->cause) == core::State::fail;
    if (refused || (opened && named->root_id_digest != own.root_id_digest)) {
        own.cause = Cause::wrong_mailbox;
        own.detail = "this user name opens another mailbox than that of the address";
        own.evidence = named->evidence;
    }
    return {};
}

/// The look at what the login opened.
Looked opened(Access& access,
              Access::EwsLane& lane,
              const std::string& address,
              const ews::MailboxAnswer& answer,
              std::chrono::steady_clock::time_point started) {
    core::Observation look = core::observe(key_of(access, address), access.now(), answer.cause, answer.detail);
    look.evidence = answer.evidence;
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = lane.opened_at;
    if (!answer.root_id_digest.empty()) {
        look.facts["root_id"] = answer.root_id_digest;
    }
    if (!answer.evidence.back_end.empty()) {
        look.facts["back_end"] = answer.evidence.back_end;
    }
    look.stages = access.last_dial().stages;
    look.stages.push_back({core::Stage::authenticate, lane.lane.time_to_authenticate()});
    look.stages.push_back({core::Stage::exchange,
                           std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started)});
    Looked looked;
    looked.back_off = answer.back_off;
    looked.observations.push_back(std::move(look));
    return looked;
}

} // namespace

Looked mailbox_own_login(Access& access, const std::string& address, const base::Deadline& deadline) {
    const auto unusable = [&](std::string why) {
        Looked looked;
        looked.observations.push_back(core::observe(
            key_of(access, address),
            access.now(),
            core::Failure{core::Stage::authenticate, Cause::secret_unreadable, std::move(why), std::nullopt}));
        looked.observations.back().connected_at = access.now();
        return looked;
    };
    const auto& logins = access.endpoints().own_logins;
    if (!logins || !logins->contains(address)) {
        return unusable("there is no password for this mailbox");
    }
    const OwnLogin& login = logins->at(address);
    if (!login.problem.empty()) {
        return unusable(login.problem);
    }
    if (const auto held = access.own_login_held(login)) {
        return failed_own_login(access, address, *held);
    }
    auto lane = access.own_lane(login, deadline);
    const auto started = std::chrono::steady_clock::now();
    auto answer = lane ? ews::open_own(lane->lane, lane->context, deadline)
                       : core::Outcome<ews::MailboxAnswer>(tl::unexpected(lane.error()));
    if (lane) {
        access.note_own_way(lane->lane);
    }
    if (lane && !answer && lane->lane.closed_by_question()) {
        // Nothing was presented: the connection after it knows what to begin with.
        lane = access.own_lane(login, deadline);
        answer = lane ? ews::open_own(lane->lane, lane->context, deadline)
                      : core::Outcome<ews::MailboxAnswer>(tl::unexpected(lane.error()));
    }
    if (!lane && lane.error().stage < core::Stage::authenticate) {
        return closed_gate(access, lane.error(), core::Check::ews_login);
    }
    if (!answer) {
        return failed_own_login(access, address, answer.error());
    }
    if (answer->cause == Cause::admin_has_no_mailbox) {
        answer->cause = Cause::mailbox_not_found_here;
        answer->detail = "the login was accepted, and this user has no mailbox here";
    }
    if (answer->cause == Cause::ok && !names(login, address)) {
        if (const auto compared = compare_with_address(*answer, access, *lane, address, deadline); !compared) {
            return failed_own_login(access, address, compared.error());
        }
    }
    return opened(access, *lane, address, *answer, started);
}

} // namespace mailpreflight::checks
