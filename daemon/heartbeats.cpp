#include "daemon/heartbeats.hpp"

#include "daemon/log.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_kept = 16;
constexpr std::chrono::seconds longest_beat{10};

notify::HeartbeatKind kind_of(core::BeatKind kind) {
    switch (kind) {
    case core::BeatKind::start:
        return notify::HeartbeatKind::start;
    case core::BeatKind::success:
        return notify::HeartbeatKind::success;
    case core::BeatKind::fail:
        return notify::HeartbeatKind::fail;
    }
    throw std::logic_error("no such beat");
}

} // namespace

Heartbeats::Heartbeats() :
    thread_([this](const std::stop_token& stop) { work(stop); }) {}

void Heartbeats::configure(Doors doors) {
    const std::lock_guard lock(mutex_);
    doors_ = std::move(doors);
}

bool Heartbeats::is_wanted() const {
    const std::lock_guard lock(mutex_);
    return !doors_.empty();
}

void Heartbeats::beat(const std::vector<core::Beat>& beats) {
    const std::lock_guard lock(mutex_);
    beats_.insert(beats_.end(), beats.begin(), beats.end());
    while (beats_.size() > most_kept) {
        beats_.pop_front();
    }
    wake_.notify_all();
}

void Heartbeats::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::unique_lock lock(mutex_);
        if (!wake_.wait(lock, stop, [&] { return !beats_.empty(); })) {
            return;
        }
        const core::Beat beat = std::move(beats_.front());
        beats_.pop_front();
        const Doors doors = doors_;
        lock.unlock();
        for (const auto& [name, door] : doors) {
            const notify::Delivery delivery =
                door->beat(kind_of(beat.kind), beat.text, base::Deadline::in(longest_beat, stop));
            const bool failed = delivery.result != notify::DeliveryResult::delivered && !stop.stop_requested();
            if (failed && !std::exchange(failing_[name], true)) {
                log(Message::notice_failed,
                    fmt::format("{} did not take a heartbeat: {}", name, delivery.detail),
                    {{"MPF_RECEIVER", name}});
            } else if (!failed) {
                failing_[name] = false;
            }
        }
    }
}

} // namespace mailpreflight::daemon
