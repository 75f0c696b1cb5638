#include "base/text.hpp"
#include "checks/source_checks.hpp"
#include "core/addresses.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

core::Observation source_dns(const std::string& source,
                             const http::DialReport& report,
                             const core::Failure* failure,
                             const net::Target& target,
                             base::SystemTime now) {
    const core::TrackKey key{core::Check::source_dns, core::Subject::of_source(source)};
    const bool failed_here = failure != nullptr && failure->stage == core::Stage::resolve;
    const std::string addresses = base::join(report.addresses, ", ");
    core::Observation look =
        failed_here ? core::observe(key, now, *failure)
        : report.proxy.empty()
            ? core::observe(key, now, core::Cause::ok, target.host + " is " + addresses)
            : core::observe(
                  key,
                  now,
                  core::Cause::ok,
                  fmt::format("the proxy {} is {}; {} is resolved there", report.proxy, addresses, target.host));
    look.stages = report.stages;
    look.evidence.url = target.host;
    if (report.proxy.empty()) {
        look.facts[core::answer_fact] = base::join(report.addresses, " ");
    } else {
        look.facts["proxy"] = report.proxy;
    }
    look.connected_at = now;
    return look;
}

} // namespace mailpreflight::checks
