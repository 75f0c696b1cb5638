#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <string>

namespace mailpreflight::store {

/// One line of the timeline that `watch` follows.
struct Event {
    std::uint64_t id = 0; ///< given by the store, growing, never used twice
    base::SystemTime at;
    std::string kind; ///< "transition", "incident", "readiness" ...
    std::string json; ///< one line

    bool operator==(const Event&) const = default;
};

} // namespace mailpreflight::store
