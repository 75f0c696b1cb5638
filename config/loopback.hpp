#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::config {

/// A TCP port that this host alone can reach.
struct LoopbackAddress {
    std::string ip; ///< in 127.0.0.0/8, or "::1"
    unsigned short port = 0;

    /// "127.0.0.1:9480", "[::1]:9480"
    [[nodiscard]] std::string text() const;

    bool operator==(const LoopbackAddress&) const = default;
};

/// Reads "127.0.0.1:9480" or "[::1]:9480". Names are refused: what "localhost" stands for is up to /etc/hosts.
base::Result<LoopbackAddress> parse_loopback(std::string_view text);

} // namespace mailpreflight::config
