#include "runner/request_queue.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::runner {

bool RequestQueue::push(core::CheckRequest request) {
    if (request.run.empty() && !scheduled_.insert(request.key).second) {
        return false;
    }
    lanes_[static_cast<std::size_t>(request.priority)].push_back(std::move(request));
    return true;
}

std::optional<core::CheckRequest> RequestQueue::pop(const std::function<bool(const core::CheckRequest&)>& may_go) {
    for (auto& lane : lanes_) {
        const auto found = std::find_if(lane.begin(), lane.end(), may_go);
        if (found != lane.end()) {
            core::CheckRequest request = std::move(*found);
            lane.erase(found);
            if (request.run.empty()) {
                scheduled_.erase(request.key);
            }
            return request;
        }
    }
    return std::nullopt;
}

std::vector<core::CheckRequest> RequestQueue::remove_if(const std::function<bool(const core::CheckRequest&)>& matches) {
    std::vector<core::CheckRequest> removed;
    while (auto request = pop(matches)) {
        removed.push_back(std::move(*request));
    }
    return removed;
}

std::size_t RequestQueue::count_if(const std::function<bool(const core::CheckRequest&)>& matches) const {
    std::size_t total = 0;
    for (const auto& lane : lanes_) {
        total += static_cast<std::size_t>(std::count_if(lane.begin(), lane.end(), matches));
    }
    return total;
}

std::size_t RequestQueue::size() const {
    std::size_t total = 0;
    for (const auto& lane : lanes_) {
        total += lane.size();
    }
    return total;
}

} // namespace mailpreflight::runner
