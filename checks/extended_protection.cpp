#include "checks/extended_protection.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

std::optional<core::Observation> extended_protection(const Access& access,
                                                     const http::AuthenticatedLane& lane,
                                                     const core::Failure* failure,
                                                     base::SystemTime connected_at) {
    const auto way = lane.way();
    if (!way || *way == http::Way::basic || *way == http::Way::bearer) {
        return std::nullopt;
    }
    const net::CertificateFacts& certificate = lane.lane().report().certificate;
    const bool bound = !certificate.binding.empty();
    const core::TrackKey key{core::Check::auth_extended_protection,
                             core::Subject::of_source(access.endpoints().source)};
    core::Observation look;
    if (failure == nullptr) {
        look = core::observe(
            key,
            access.now(),
            core::Cause::ok,
            bound ? "accepted with the channel binding of its certificate, whether the server demands one or not"
                  : fmt::format("accepted without a channel binding (none exists for {}): the server demands none",
                                certificate.signature_algorithm));
    } else {
        const bool refused =
            failure->cause == core::Cause::credential_refused || failure->cause == core::Cause::kerberos_ticket_refused;
        if (!refused || !access.is_proven()) {
            return std::nullopt;
        }
        look = core::observe(key,
                             access.now(),
                             core::Cause::extended_protection_suspected,
                             fmt::format("{} was refused although the same secret was accepted elsewhere within this "
                                         "cycle; the certificate that we see has the SHA-256 {}",
                                         http::name_of(*way),
                                         certificate.sha256));
    }
    look.facts["binding"] = bound ? "tls-server-end-point" : "none";
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = connected_at;
    return look;
}

} // namespace mailpreflight::checks
