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

std::optional<core::CheckRequest> RequestQueue::pop(core::Priority least,
                                                    const std::function<bool(const core::CheckRequest&)>& may_go) {
    for (std::size_t priority = 0; priority <= static_cast<std::size_t>(least); ++priority) {
        auto& lane = lanes_.at(priority);
        const auto found = std::find_if(lane.begin(), lane.end(), may_go);
        if (found != lane.end()) {
            core::CheckRequest request = std::move(*found);
            lane.erase(found);
            taken_out(request);
            return request;
        }
    }
    return std::nullopt;
}

std::vector<core::CheckRequest> RequestQueue::remove_if(const std::function<bool(const core::CheckRequest&)>& matches) {
    std::vector<core::CheckRequest> removed;
    for (auto& lane : lanes_) {
        const auto gone = std::stable_partition(
            lane.begin(), lane.end(), [&](const core::CheckRequest& request) { return !matches(request); });
        std::for_each(gone, lane.end(), [&](core::CheckRequest& request) {
            taken_out(request);
            removed.push_back(std::move(request));
        });
        lane.erase(gone, lane.end());
    }
    return removed;
}

void RequestQueue::taken_out(const core::CheckRequest& request) {
    if (request.run.empty()) {
        scheduled_.erase(request.key);
    }
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
