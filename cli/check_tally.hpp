#pragma once

#include "api/check.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::cli {

/// What came of a check so far, folded by cause.
struct CheckTally {
    struct Key {
        bool withheld = false;
        core::State state = core::State::pass;
        core::Check check = core::Check::source_dns;
        core::Cause cause = core::Cause::ok;

        auto operator<=>(const Key&) const = default;
    };
    struct Group {
        std::uint64_t count = 0;
        std::vector<std::string> examples; ///< the first 3
        std::string detail;                ///< of the first

        bool operator==(const Group&) const = default;
    };

    std::string id;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::map<Key, Group> groups; ///< of what is no pass
    std::uint64_t failed = 0;    ///< so far
    std::uint64_t skipped = 0;   ///< events that we were too slow for
    std::optional<api::CheckFinished> finished;
    bool stopped = false; ///< the service stops before the end

    void take(const api::CheckEvent& event);
    /// 0 all passed or warned, 1 something failed, 3 something is unknown, withheld or not over.
    [[nodiscard]] int exit_code() const;
};

} // namespace mailpreflight::cli
