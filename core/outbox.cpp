#include "core/outbox.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

constexpr base::Duration first_wait = std::chrono::seconds(5);
constexpr base::Duration longest_wait = std::chrono::minutes(10);
constexpr base::Duration longest_asked_for = std::chrono::hours(1);
constexpr std::uint64_t most_doublings = 7; // 5 s by 2^7 is over 10 min

base::Duration wait_after(std::uint64_t attempts, double jitter) {
    const std::uint64_t doublings = std::min(std::max<std::uint64_t>(attempts, 1) - 1, most_doublings);
    const base::Duration wait = std::min(first_wait * (1 << doublings), longest_wait);
    return wait + std::chrono::duration_cast<base::Duration>(wait * (std::clamp(jitter, 0.0, 1.0) / 2));
}

/// Of "I17.3.ops" 3.
std::uint64_t number_of(const Notice& notice) {
    const std::size_t end = notice.id.size() - std::min(notice.id.size(), notice.receiver.size() + 1);
    const std::size_t dot = notice.id.rfind('.', end == 0 ? 0 : end - 1);
    std::uint64_t number = 0;
    std::from_chars(notice.id.data() + (dot == std::string::npos ? 0 : dot + 1), notice.id.data() + end, number);
    return number;
}

} // namespace

std::string_view name_of(OwedState state) {
    switch (state) {
    case OwedState::owed:
        return "owed";
    case OwedState::delivered:
        return "delivered";
    case OwedState::dead:
        return "dead";
    }
    throw std::logic_error("no such state of a notice");
}

std::optional<OwedState> owed_state_named(std::string_view name) {
    for (const OwedState state : {OwedState::owed, OwedState::delivered, OwedState::dead}) {
        if (name_of(state) == name) {
            return state;
        }
    }
    return std::nullopt;
}

OwedNotice after_attempt(
    OwedNotice owed, const Attempt& attempt, base::Duration give_up_after, double jitter, base::SystemTime now) {
    ++owed.attempts;
    owed.tried_at = now;
    owed.next_at.reset();
    owed.detail = attempt.detail;
    switch (attempt.result) {
    case AttemptResult::delivered:
        owed.state = OwedState::delivered;
        break;
    case AttemptResult::refused:
        owed.state = OwedState::dead;
        break;
    case AttemptResult::later: {
        if (now - owed.notice.at >= give_up_after) {
            owed.state = OwedState::dead;
            break;
        }
        const base::Duration wait = wait_after(owed.attempts, jitter);
        owed.next_at = now + std::max(wait, std::min(attempt.retry_after.value_or(wait), longest_asked_for));
        break;
    }
    }
    return owed;
}

void sort_as_planned(std::vector<OwedNotice>& notices) {
    std::stable_sort(notices.begin(), notices.end(), [](const OwedNotice& a, const OwedNotice& b) {
        return number_of(a.notice) < number_of(b.notice);
    });
}

} // namespace mailpreflight::core
