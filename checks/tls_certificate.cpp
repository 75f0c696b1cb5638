#include "base/text.hpp"
#include "checks/source_checks.hpp"
#include "core/tls_weakness.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

namespace {

// The first step of the customary ladder 21/14/7 days.
constexpr base::Duration expires_soon = std::chrono::hours(24 * 21);

std::string words_of(const std::set<core::TlsWeakness>& weaknesses) {
    std::vector<std::string> words;
    for (const core::TlsWeakness weakness : weaknesses) {
        words.emplace_back(core::name_of(weakness));
    }
    return base::join(words, " ");
}

void add_facts(core::Observation& look, const net::CertificateFacts& certificate) {
    if (certificate.sha256.empty()) {
        return; // the server showed none
    }
    look.facts["sha256"] = certificate.sha256;
    look.facts["subject"] = certificate.subject;
    look.facts["issuer"] = certificate.issuer;
    look.facts["authority"] = certificate.authority;
    look.facts["names"] = base::join(certificate.names, " ");
    look.facts["not_before"] = base::to_rfc3339(certificate.not_before);
    look.facts["not_after"] = base::to_rfc3339(certificate.not_after);
    look.facts["key"] = certificate.key;
    look.facts["signature_algorithm"] = certificate.signature_algorithm;
    look.facts["tls_version"] = certificate.tls_version;
    if (!certificate.legacy_used.empty()) {
        look.facts["legacy"] = words_of(certificate.legacy_used);
    }
}

/// A certificate that the handshake has passed: what ends it first, then what it stands by.
std::pair<core::Cause, std::string> judge(const net::CertificateFacts& certificate, base::SystemTime now) {
    const std::string weak = certificate.legacy_used.empty()
                                 ? ""
                                 : fmt::format("; stands only by tls.legacy: {}", words_of(certificate.legacy_used));
    const std::string end = base::to_rfc3339(certificate.not_after);
    if (certificate.not_after - now < expires_soon) {
        return {core::Cause::certificate_expires_soon, fmt::format("the certificate ends at {}{}", end, weak)};
    }
    return {weak.empty() ? core::Cause::ok : core::Cause::tls_legacy_in_use,
            fmt::format("{}, good until {}{}", certificate.subject, end, weak)};
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
    } else {
        auto [cause, detail] = judge(certificate, now);
        look = core::observe(key, now, cause, std::move(detail));
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
