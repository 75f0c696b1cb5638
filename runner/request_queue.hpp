#pragma once

#include "core/due.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::runner {

/// The work of one source, by priority and then by age. A key waits at most once for the schedule; on-demand requests
/// of different runs each want their own look. Not thread-safe.
class RequestQueue {
public:
    /// False when the key waits already and this is scheduled work.
    bool push(core::CheckRequest request);

    /// The first request of at least this priority that `may_go` allows, taken out.
    std::optional<core::CheckRequest> pop(core::Priority least,
                                          const std::function<bool(const core::CheckRequest&)>& may_go);

    /// Takes out everything that matches.
    std::vector<core::CheckRequest> remove_if(const std::function<bool(const core::CheckRequest&)>& matches);

    [[nodiscard]] std::size_t count_if(const std::function<bool(const core::CheckRequest&)>& matches) const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const {
        return size() == 0;
    }

private:
    void taken_out(const core::CheckRequest& request);

    std::array<std::deque<core::CheckRequest>, 5> lanes_; ///< by Priority
    std::set<core::TrackKey> scheduled_;
};

} // namespace mailpreflight::runner
