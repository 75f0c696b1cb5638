#include "checks/server_version.hpp"

namespace mailpreflight::checks {

core::Observation server_version(const Access& access, const ews::Answer& answer, base::SystemTime connected_at) {
    const core::TrackKey key{core::Check::server_version, core::Subject::of_source(access.endpoints().source)};
    core::Observation look = core::observe(key, access.now(), core::Cause::ok, answer.server_version->product());
    look.facts["build"] = answer.server_version->build_text();
    look.facts["product"] = answer.server_version->product();
    look.evidence = answer.evidence;
    look.connected_at = connected_at;
    return look;
}

} // namespace mailpreflight::checks
