#include "checks/source_checks.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

std::optional<core::Observation> source_tcp(const std::string& source,
                                            const http::DialReport& report,
                                            const core::Failure* failure,
                                            const net::Target& target,
                                            base::SystemTime now) {
    if (failure != nullptr && failure->stage < core::Stage::connect) {
        return std::nullopt;
    }
    const core::TrackKey key{core::Check::source_tcp, core::Subject::of_source(source)};
    const bool failed_here = failure != nullptr && failure->stage == core::Stage::connect;
    core::Observation look =
        failed_here ? core::observe(key, now, *failure)
        : report.proxy.empty()
            ? core::observe(key, now, core::Cause::ok, "connected to " + report.peer)
            : core::observe(
                  key,
                  now,
                  core::Cause::ok,
                  fmt::format(
                      "the proxy {} at {} connects to {}:{}", report.proxy, report.peer, target.host, target.port));
    if (!report.proxy.empty()) {
        look.facts["proxy"] = report.proxy;
    }
    look.stages = report.stages;
    look.evidence.url = fmt::format("{}:{}", target.host, target.port);
    look.evidence.peer = report.peer;
    look.connected_at = now;
    return look;
}

} // namespace mailpreflight::checks
