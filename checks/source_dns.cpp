#include "base/text.hpp"
#include "checks/source_checks.hpp"

namespace mailpreflight::checks {

core::Observation source_dns(const std::string& source,
                             const http::DialReport& report,
                             const core::Failure* failure,
                             const net::Target& target,
                             base::SystemTime now) {
    const core::TrackKey key{core::Check::source_dns, core::Subject::of_source(source)};
    const bool failed_here = failure != nullptr && failure->stage == core::Stage::resolve;
    core::Observation look =
        failed_here
            ? core::observe(key, now, *failure)
            : core::observe(key, now, core::Cause::ok, target.host + " is " + base::join(report.addresses, ", "));
    look.stages = report.stages;
    look.evidence.url = target.host;
    look.facts["addresses"] = base::join(report.addresses, " ");
    look.connected_at = now;
    return look;
}

} // namespace mailpreflight::checks
