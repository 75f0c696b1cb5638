#pragma once

#include "base/clock.hpp"

#include <map>
#include <string>

namespace mailpreflight::core {

/// Is the certificate with the facts `after` (of tls.certificate), first seen at `seen`, a routine renewal of the one
/// with the facts `before`: another one of the same authority for the same names, with a later end, and in time? What
/// is not known of both is no renewal.
bool is_renewal(const std::map<std::string, std::string>& before,
                const std::map<std::string, std::string>& after,
                base::SystemTime seen);

} // namespace mailpreflight::core
