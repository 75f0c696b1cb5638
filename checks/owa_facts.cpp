#include "checks/owa_facts.hpp"

#include "checks/gate.hpp"

#include <algorithm>

namespace mailpreflight::checks {

namespace {

/// A password that OWA's form may lose on its way: the server turns it into its own code page (owa-and-auth.md 6.3).
bool may_be_lost_by_a_form(const Access& access) {
    const auto& identity = access.endpoints().identity;
    return identity && access.is_proven() && identity->password.expose_to([](std::string_view password) {
        return std::any_of(
            password.begin(), password.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
    });
}

bool is_refused(core::Cause cause) {
    return cause == core::Cause::credential_refused || cause == core::Cause::credential_suspect;
}

} // namespace

void add_front_door(core::Observation& look, const std::optional<ews::FrontDoor>& door) {
    if (!door) {
        return;
    }
    look.facts["front_door"] = door->kind;
    look.facts["front_door_host"] = door->host;
    if (!door->redirect.empty()) {
        look.facts["front_door_redirect"] = door->redirect;
    }
}

void add_owa_report(core::Observation& look, const Access& access) {
    const ews::OwaReport& report = access.owa_report();
    add_front_door(look, report.front_door);
    if (!report.logon_format.empty()) {
        look.facts["logon_format"] = report.logon_format;
    }
    if (!report.build.empty()) {
        look.facts["build"] = report.build;
    }
    if (!report.way.empty()) {
        look.facts["way"] = report.way;
    }
    if (!report.evidence.url.empty()) {
        look.evidence = report.evidence;
        look.evidence.peer = access.last_dial().peer;
    }
    if (report.exchange_is_alias) {
        look.facts["exchange"] = "alias of /owa";
        look.detail += "; /exchange is an alias of /owa here, and was checked there";
    }
}

Looked closed_owa(const Access& access, const core::Failure& failure) {
    Looked looked = closed_gate(access, failure, core::Check::owa_login);
    core::Observation& look = looked.observations.back();
    if (look.key.check == core::Check::owa_login) {
        add_owa_report(look, access);
        const bool by_form = access.owa_report().way.find("form") != std::string::npos;
        if (by_form && is_refused(failure.cause) && may_be_lost_by_a_form(access)) {
            look.detail +=
                "; EWS accepts this password, and it has characters beyond ASCII, which OWA's form may lose: "
                "a password of ASCII alone would tell";
        }
    }
    return looked;
}

} // namespace mailpreflight::checks
