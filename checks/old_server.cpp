#include "checks/old_server.hpp"

#include "net/tls_verdict.hpp"

#include <fmt/format.h>

namespace mailpreflight::checks {

namespace {

core::Failure at_best(core::Failure failure, net::TlsVersion version, core::TlsWeakness word) {
    failure.cause = core::Cause::tls_protocol_too_old;
    failure.detail = fmt::format("the server speaks {} at best{}", net::name_of(version), net::advice(word));
    return failure;
}

} // namespace

bool may_be_too_old(const core::Failure& failure, const net::CertificateFacts& shown) {
    return shown.sha256.empty() && failure.stage == core::Stage::tls &&
           (failure.cause == core::Cause::tls_handshake_failed || failure.cause == core::Cause::tls_protocol_too_old);
}

core::Failure name_old_server(core::Failure failure,
                              const std::set<core::TlsWeakness>& accepted,
                              const std::optional<net::HelloAnswer>& current,
                              const std::optional<net::HelloAnswer>& obsolete) {
    if (current && current->choice) {
        switch (current->choice->version) {
        case net::TlsVersion::ssl3:
            failure.cause = core::Cause::tls_obsolete_only;
            failure.detail = "the server speaks SSL 3 at best, which no current TLS library has";
            return failure;
        case net::TlsVersion::tls10:
            return accepted.contains(core::TlsWeakness::tls10)
                       ? failure
                       : at_best(std::move(failure), net::TlsVersion::tls10, core::TlsWeakness::tls10);
        case net::TlsVersion::tls11:
            return accepted.contains(core::TlsWeakness::tls10) || accepted.contains(core::TlsWeakness::tls11)
                       ? failure
                       : at_best(std::move(failure), net::TlsVersion::tls11, core::TlsWeakness::tls11);
        case net::TlsVersion::tls12:
        case net::TlsVersion::tls13:
            return failure; // it is not the version
        }
    }
    if (obsolete && obsolete->choice) {
        const std::string_view cipher = net::obsolete_cipher(obsolete->choice->suite);
        failure.cause = core::Cause::tls_obsolete_only;
        failure.detail =
            fmt::format("the server refuses every current cipher suite and takes {} with {}, which no current TLS "
                        "library has",
                        cipher.empty() ? fmt::format("suite {:04x}", obsolete->choice->suite) : cipher,
                        net::name_of(obsolete->choice->version));
    }
    return failure;
}

} // namespace mailpreflight::checks
