#include "core/tls_weakness.hpp"

#include <stdexcept>

namespace mailpreflight::core {

std::string_view name_of(TlsWeakness weakness) {
    switch (weakness) {
    case TlsWeakness::tls10:
        return "tls1.0";
    case TlsWeakness::tls11:
        return "tls1.1";
    case TlsWeakness::legacy_server_connect:
        return "legacy-server-connect";
    case TlsWeakness::sha1_signature:
        return "sha1-signature";
    case TlsWeakness::rsa1024:
        return "rsa1024";
    case TlsWeakness::dh1024:
        return "dh1024";
    }
    throw std::logic_error("no such weakness");
}

std::optional<TlsWeakness> tls_weakness_named(std::string_view name) {
    for (const TlsWeakness weakness : all_tls_weaknesses) {
        if (name_of(weakness) == name) {
            return weakness;
        }
    }
    return std::nullopt;
}

} // namespace mailpreflight::core
