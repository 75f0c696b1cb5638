#include "base/text.hpp"
#include "checks/source_checks.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

namespace {

// The first step of the customary ladder 21/14/7 days.
constexpr base::Duration expires_soon = std::chrono::hours(24 * 21);

void add_facts(core::Observation& look, const net::CertificateFacts& certificate) {
    if (certificate.sha256.empty()) {
        return; // the server showed none
    }
    look.facts["sha256"] = certificate.sha256;
    look.facts["subject"] = certificate.subject;
    look.facts["issuer"] = certificate.issuer;
    look.facts["names"] = base::join(certificate.names, " ");
    look.facts["not_before"] = base::to_rfc3339(certificate.not_before);
    look.facts["not_after"] = base::to_rfc3339(certificate.not_after);
    look.facts["tls_version"] = certificate.tls_version;
}

} // namespace

std::optional<core::Observation> tls_certificate(const std::string& source,
                                                 const http::DialReport& report,
                                                 const core::Failure* failure,
                                                 const net::Target& target,
                                                 base::SystemTime now) {
    if (failure != nullptr && failure->stage < core::Stage::tls) {
        return std::nullopt;
    }
    const core::TrackKey key{core::Check::tls_certificate, core::Subject::of_source(source)};
    const net::CertificateFacts& certificate = report.certificate;
    core::Observation look;
    if (failure != nullptr) {
        look = core::observe(key, now, *failure);
    } else if (certificate.not_after - now < expires_soon) {
        look = core::observe(key,
                             now,
                             core::Cause::certificate_expires_soon,
                             fmt::format("the certificate ends at {}", base::to_rfc3339(certificate.not_after)));
    } else {
        look = core::observe(
            key,
            now,
            core::Cause::ok,
            fmt::format("{}, good until {}", certificate.subject, base::to_rfc3339(certificate.not_after)));
    }
    add_facts(look, certificate);
    look.stages = report.stages;
    look.evidence.url = fmt::format("https://{}:{}/", target.host, target.port);
    look.evidence.peer = report.peer;
    look.connected_at = now;
    return look;
}

Looked look_at_connection(Access& access, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    const auto lane = access.dial(deadline);
    const core::Failure* const failure = lane ? nullptr : &lane.error();
    const base::SystemTime now = access.now();
    const net::Target& target = endpoints.ews_path.empty() ? endpoints.owa : endpoints.ews;
    const http::DialReport& report = access.last_dial();
    Looked looked;
    looked.observations.push_back(source_dns(endpoints.source, report, failure, target, now));
    if (auto tcp = source_tcp(endpoints.source, report, failure, target, now)) {
        looked.observations.push_back(std::move(*tcp));
    }
    if (auto tls = tls_certificate(endpoints.source, report, failure, target, now)) {
        looked.observations.push_back(std::move(*tls));
    }
    return looked;
}

} // namespace mailpreflight::checks
