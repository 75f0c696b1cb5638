#include "daemon/courier.hpp"

#include "daemon/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

namespace mailpreflight::daemon {

namespace {

// The injected clock can move without waking us.
constexpr std::chrono::milliseconds glance{50};

core::AttemptResult result_of(notify::DeliveryResult result) {
    switch (result) {
    case notify::DeliveryResult::delivered:
        return core::AttemptResult::delivered;
    case notify::DeliveryResult::later:
        return core::AttemptResult::later;
    case notify::DeliveryResult::refused:
        return core::AttemptResult::refused;
    }
    return core::AttemptResult::later;
}

double jitter() {
    thread_local std::mt19937 generator{std::random_device{}()};
    return std::uniform_real_distribution(0.0, 1.0)(generator);
}

} // namespace

Courier::Courier(const base::Clock& clock, Setup setup, std::vector<core::OwedNotice> owed, Record record) :
    clock_(clock),
    setup_(std::move(setup)),
    record_(std::move(record)),
    queue_(std::make_move_iterator(owed.begin()), std::make_move_iterator(owed.end())) {
    for (const core::Notice& notice : setup_.firing) {
        firing_.emplace(notice.group, notice);
    }
}

void Courier::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Courier::~Courier() = default; // the thread's end is asked for and awaited first: it is the last member

void Courier::ask_to_stop() {
    thread_.request_stop();
}

void Courier::wait() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Courier::submit(core::OwedNotice owed) {
    const std::lock_guard lock(mutex_);
    const bool is_there = std::any_of(
        queue_.begin(), queue_.end(), [&](const core::OwedNotice& one) { return one.notice.id == owed.notice.id; });
    if (!is_there) {
        queue_.push_back(std::move(owed));
        wake_.notify_all();
    }
}

std::size_t Courier::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

std::map<core::AttemptResult, std::uint64_t> Courier::attempts() const {
    const std::lock_guard lock(mutex_);
    return attempts_;
}

void Courier::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (auto owed = next()) {
            deliver(std::move(*owed), stop);
            continue;
        }
        resend(stop);
        std::unique_lock lock(mutex_);
        if (queue_.empty() && !setup_.resend_every) {
            wake_.wait(lock, stop, [&] { return !queue_.empty(); });
        } else {
            wake_.wait_for(lock, stop, glance, [] { return false; });
        }
    }
}

std::optional<core::OwedNotice> Courier::next() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty() || !setup_.door) {
        return std::nullopt;
    }
    // A clock that was set back does not hold a notice for longer than it was to wait.
    const core::OwedNotice& first = queue_.front();
    const base::SystemTime now = clock_.now();
    const bool waits = first.next_at && *first.next_at > now && (!first.tried_at || *first.tried_at <= now);
    return waits ? std::nullopt : std::optional(first);
}

notify::Delivery Courier::send(const core::Notice& notice, const std::stop_token& stop) const {
    try {
        return setup_.door->send(
            notice,
            base::Deadline::in(std::chrono::duration_cast<std::chrono::milliseconds>(setup_.attempt_timeout), stop));
    } catch (const std::exception& error) {
        // A bug in one receiver must not end the service (style, rule 18).
        log(Message::internal_error, fmt::format("{}: {}", setup_.receiver, error.what()));
        return {notify::DeliveryResult::later, std::string("internal error: ") + error.what(), std::nullopt};
    }
}

void Courier::deliver(core::OwedNotice owed, const std::stop_token& stop) {
    const notify::Delivery delivery = send(owed.notice, stop);
    const core::AttemptResult result = result_of(delivery.result);
    if (stop.stop_requested() && result != core::AttemptResult::delivered) {
        return; // cut short by ourselves: owed as before
    }
    owed = core::after_attempt(std::move(owed),
                               core::Attempt{result, delivery.detail, delivery.retry_after},
                               setup_.give_up_after,
                               jitter(),
                               clock_.now());
    record_(owed);
    switch (owed.state) {
    case core::OwedState::delivered:
        failing_ = false;
        note_firing(owed.notice);
        break;
    case core::OwedState::owed:
        if (!std::exchange(failing_, true)) {
            log(Message::notice_failed,
                fmt::format("{} did not take {}: {}; it is tried again", setup_.receiver, owed.notice.id, owed.detail),
                {{"MPF_RECEIVER", setup_.receiver}, {"MPF_NOTICE", owed.notice.id}});
        }
        break;
    case core::OwedState::dead:
        log(Message::notice_dead,
            fmt::format("{} was not told {} ({}): {}", setup_.receiver, owed.notice.id, owed.notice.title, owed.detail),
            {{"MPF_RECEIVER", setup_.receiver}, {"MPF_NOTICE", owed.notice.id}});
        break;
    }
    const std::lock_guard lock(mutex_);
    ++attempts_[result];
    if (owed.state == core::OwedState::owed) {
        queue_.front() = std::move(owed);
    } else {
        queue_.pop_front();
    }
}

void Courier::note_firing(const core::Notice& notice) {
    if (!setup_.resend_every) {
        return;
    }
    if (notice.status == core::NoticeStatus::firing || notice.status == core::NoticeStatus::acknowledged) {
        if (firing_.empty()) {
            resent_at_ = clock_.steady_now(); // it has just been told
        }
        firing_.insert_or_assign(notice.group, notice);
    } else {
        firing_.erase(notice.group);
    }
}

void Courier::resend(const std::stop_token& stop) {
    const base::SteadyTime now = clock_.steady_now();
    if (!setup_.resend_every || !setup_.door || firing_.empty() ||
        (resent_at_ && now - *resent_at_ < *setup_.resend_every)) {
        return;
    }
    resent_at_ = now;
    for (const auto& [group, notice] : firing_) {
        if (send(notice, stop).result != notify::DeliveryResult::delivered) {
            return; // the next time is soon
        }
    }
}

} // namespace mailpreflight::daemon
