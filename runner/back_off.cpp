#include "runner/back_off.hpp"

#include <algorithm>

namespace mailpreflight::runner {

namespace {

using namespace std::chrono_literals;

constexpr base::Duration first_guess = 10s;
constexpr base::Duration longest_guess = 10min;
constexpr base::Duration longest_asked = 60min; // a server that asks for more is asked again after this
constexpr base::Duration second_mailbox_within = 60s;
constexpr base::Duration grow_after = 60s;

} // namespace

void BackOff::slow_down(const core::TrackKey& key, base::Duration wait, base::SystemTime now) {
    if (wait <= base::Duration::zero()) {
        wait = std::min(longest_guess, first_guess * (1 << std::min(unnumbered_, 6)));
        ++unnumbered_;
    }
    wait = std::min(wait, longest_asked);
    lanes_ = std::max(1, lanes_ / 2);
    changed_at_ = now;
    // By impersonation and by its own login a mailbox has a budget of its own.
    const bool impersonated =
        key.check == core::Check::mailbox_impersonation || key.check == core::Check::mailbox_own_login;
    const bool second_mailbox =
        last_mailbox_ && last_mailbox_->first != key.subject && now - last_mailbox_->second < second_mailbox_within;
    if (impersonated) {
        last_mailbox_ = std::pair(key.subject, now);
        mailbox_until_[key.subject] = now + wait;
    }
    if (!impersonated || second_mailbox) {
        source_until_ = std::max(source_until_.value_or(now), now + wait);
        why_ = "the server asked to wait " + base::to_text(wait) + " at " + core::to_text(key.subject);
    }
}

void BackOff::went_well(base::SystemTime now) {
    unnumbered_ = 0;
    if (lanes_ < most_lanes_ && now - changed_at_ >= grow_after) {
        ++lanes_;
        changed_at_ = now;
    }
    std::erase_if(mailbox_until_, [&](const auto& entry) { return entry.second <= now; });
}

std::optional<base::SystemTime> BackOff::paused_until(base::SystemTime now) const {
    // A clock that was set back must not turn a pause of minutes into one of days.
    return source_until_ && *source_until_ > now && *source_until_ - now <= longest_asked ? source_until_
                                                                                          : std::nullopt;
}

bool BackOff::is_paused(const core::Subject& mailbox, base::SystemTime now) const {
    const auto entry = mailbox_until_.find(mailbox);
    return entry != mailbox_until_.end() && entry->second > now && entry->second - now <= longest_asked;
}

} // namespace mailpreflight::runner
