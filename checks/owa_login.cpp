#include "checks/account_password.hpp"
#include "checks/login_turn.hpp"
#include "checks/owa_facts.hpp"
#include "checks/source_checks.hpp"

namespace mailpreflight::checks {

Looked owa_login(Access& access, const base::Deadline& deadline) {
    const core::TrackKey key{core::Check::owa_login, core::Subject::of_source(access.endpoints().source)};
    // With EWS its login, which goes first, has asked.
    const bool asks = access.endpoints().ews_path.empty();
    const PasswordTold told = asks ? ask_directory(access, deadline) : PasswordTold{};
    if (auto held = held_by_directory(access, told, core::Check::owa_login)) {
        return std::move(*held);
    }
    const base::SystemTime started = access.now();
    const auto login = access.owa_login(std::nullopt, true, deadline);
    note_login(access, "owa", access.last_dial().address, login ? nullptr : &login.error());
    if (!login) {
        if (auto suspect = refused_by_one(access, core::Check::owa_login, "owa", login.error())) {
            return *std::move(suspect);
        }
        Looked closed = closed_owa(access, login.error());
        if (told.directory) { // it knows more than the refusal says
            closed.observations.push_back(account_password(access, told, started));
        }
        return closed;
    }
    const ews::OwaDoor& door = *(*login)->door;
    core::Observation look = core::observe(key, access.now(), core::Cause::ok, door.detail());
    look.stages = access.last_dial().stages;
    look.connected_at = (*login)->opened_at;
    add_owa_report(look, access);
    look.facts["own_mailbox"] = door.has_own_mailbox() ? "yes" : "no";
    access.end_owa(deadline);
    Looked looked;
    looked.observations.push_back(std::move(look));
    if (asks) {
        looked.observations.push_back(account_password(access, told, started));
    }
    return looked;
}

} // namespace mailpreflight::checks
