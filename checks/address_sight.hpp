#pragma once

#include "base/clock.hpp"
#include "core/failure.hpp"
#include "core/observation.hpp"
#include "net/address.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::checks {

/// What one address behind a source's name showed to somebody without a credential.
struct AddressSight {
    net::Address address;
    unsigned short port = 443;
    base::SystemTime at;
    /// What all addresses of one service have in common, by the name of the trait: certificate, TLS, answer, offers,
    /// build. What was not seen is missing.
    std::map<std::string, std::string> traits;
    std::optional<core::Failure> failure; ///< how the look ended, if not by an HTTP answer
    bool refuses_login = false;           ///< it refused the secret that others accept
    std::vector<core::StageTiming> stages;
    core::Evidence evidence;

    /// No connection, or a connection that nobody answers on: there is nothing to compare.
    [[nodiscard]] bool is_unreachable() const;
};

/// Pure. One observation an address, and the source's own that sums up. An address is held against what more than half
/// of those say that show the trait; of two that differ both differ: nobody knows which is right. Empty when none gave
/// an answer: that is no news of one address.
std::vector<core::Observation> judge_addresses(const std::string& source,
                                               const std::vector<AddressSight>& sights,
                                               const std::vector<net::Address>& no_way,
                                               base::SystemTime now);

} // namespace mailpreflight::checks
