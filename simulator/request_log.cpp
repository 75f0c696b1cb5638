#include "simulator/request_log.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::simulator {

RequestLog::RequestLog(std::size_t limit) :
    limit_(limit) {}

void RequestLog::add(LogEntry entry) {
    entry.seq = ++last_;
    entries_.push_back(std::move(entry));
    if (entries_.size() > limit_) {
        entries_.pop_front();
    }
}

std::vector<LogEntry> RequestLog::since(std::uint64_t seq) const {
    const auto first = std::ranges::upper_bound(entries_, seq, {}, &LogEntry::seq);
    return {first, entries_.end()};
}

std::uint64_t RequestLog::last() const {
    return last_;
}

void RequestLog::clear() {
    entries_.clear();
}

} // namespace mailpreflight::simulator
