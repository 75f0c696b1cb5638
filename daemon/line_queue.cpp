#include "daemon/line_queue.hpp"

#include "api/event_stream.hpp"

namespace mailpreflight::daemon {

LineQueue::LineQueue(std::size_t most_bytes, std::function<void()> wake) :
    most_bytes_(most_bytes),
    wake_(std::move(wake)) {}

void LineQueue::send_line(std::string line, bool droppable) {
    const std::lock_guard lock(mutex_);
    if (!wake_ || finished_) {
        return;
    }
    if (droppable && bytes_ + line.size() > most_bytes_) {
        ++skipped_;
        return;
    }
    say_skipped();
    push(std::move(line));
    wake_once();
}

void LineQueue::finish() {
    const std::lock_guard lock(mutex_);
    if (wake_ && !finished_) {
        say_skipped();
        finished_ = true;
        wake_once();
    }
}

bool LineQueue::is_open() const {
    const std::lock_guard lock(mutex_);
    return wake_ && !finished_;
}

void LineQueue::detach() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
    lines_.clear();
}

std::string LineQueue::take(std::size_t most, bool& ended) {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    if (lines_.empty()) {
        say_skipped();
    }
    std::string taken;
    while (!lines_.empty() && (taken.empty() || taken.size() + lines_.front().size() < most)) {
        taken += lines_.front();
        taken += '\n';
        bytes_ -= lines_.front().size();
        lines_.pop_front();
    }
    ended = finished_ && lines_.empty();
    return taken;
}

void LineQueue::push(std::string line) {
    bytes_ += line.size();
    lines_.push_back(std::move(line));
}

void LineQueue::say_skipped() {
    if (skipped_ > 0) {
        push(api::line_of(api::Skipped{.count = std::exchange(skipped_, 0)}));
    }
}

void LineQueue::wake_once() {
    if (!std::exchange(woken_, true)) {
        wake_();
    }
}

} // namespace mailpreflight::daemon
