#include "core/spray_brake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace mailpreflight::core {

namespace {

using Tries = std::vector<SprayBrake::Try>;

void take_out(Tries& tries, const std::string& account) {
    std::erase_if(tries, [&](const SprayBrake::Try& one) { return one.account == account; });
}

/// What happened in the future happened at the latest now: a clock set back by a year must not hold for a year.
base::Duration left_of(base::SystemTime then, base::Duration length, base::SystemTime now) {
    return std::min(then, now) + length - now;
}

void note_result(SprayBrake& brake, const std::string& account, bool accepted, const SprayPolicy& policy) {
    std::erase_if(brake.newest, [&](const SprayBrake::Result& one) { return one.account == account; });
    brake.newest.push_back({account, accepted});
    if (brake.newest.size() > policy.newest) {
        brake.newest.erase(brake.newest.begin());
    }
}

void stop_if_due(SprayBrake& brake, const SprayPolicy& policy, base::SystemTime now) {
    if (brake.stopped_at) {
        return;
    }
    if (brake.refused.size() >= policy.most_refused_in_a_row) {
        brake.why = fmt::format("{} different accounts were refused in a row", brake.refused.size());
    } else if (refused_of_newest(brake) >= policy.most_refused_of_newest) {
        brake.why =
            fmt::format("of the last {} accounts {} were refused", brake.newest.size(), refused_of_newest(brake));
    } else {
        return;
    }
    brake.stopped_at = now;
}

} // namespace

std::size_t refused_of_newest(const SprayBrake& brake) {
    return static_cast<std::size_t>(std::count_if(
        brake.newest.begin(), brake.newest.end(), [](const SprayBrake::Result& one) { return !one.accepted; }));
}

Outcome<bool>
may_try(const SprayBrake& brake, const Presentation& presentation, const SprayPolicy& policy, base::SystemTime now) {
    if (brake.stopped_at) {
        return failed(Stage::authenticate,
                      Cause::spray_brake,
                      fmt::format("the spray brake of {} is on since {}: {}",
                                  presentation.door.source,
                                  base::to_rfc3339(*brake.stopped_at),
                                  brake.why));
    }
    std::set<std::string_view> others; // whose end is awaited
    std::set<std::string_view> in_doubt;
    for (const SprayBrake::Try& one : brake.under_way) {
        if (one.account != presentation.account) {
            others.insert(one.account);
        }
    }
    if (!brake.succeeded && !others.empty()) {
        return false;
    }
    for (const SprayBrake::Try& one : brake.refused) {
        in_doubt.insert(one.account);
    }
    std::optional<base::Duration> wait;
    for (const SprayBrake::Try& one : brake.unanswered) {
        const base::Duration left = left_of(one.at, policy.unanswered_counts, now);
        if (left > base::Duration::zero() && one.account != presentation.account) {
            in_doubt.insert(one.account);
            wait = std::min(wait.value_or(left), left);
        }
    }
    in_doubt.erase(presentation.account); // itself it makes no difference
    const std::size_t settled = in_doubt.size();
    in_doubt.insert(others.begin(), others.end());
    const std::size_t refused_before =
        static_cast<std::size_t>(std::count_if(brake.newest.begin(), brake.newest.end(), [&](const auto& one) {
            return !one.accepted && one.account != presentation.account && !others.contains(one.account);
        }));
    if (settled >= policy.most_refused_in_a_row) {
        return failed(Stage::authenticate,
                      Cause::presentation_withheld,
                      fmt::format("individual passwords of {} were left without an answer; as {} in a row may have "
                                  "been refused, the next waits",
                                  presentation.door.source,
                                  settled),
                      wait);
    }
    return others.empty() || (in_doubt.size() < policy.most_refused_in_a_row &&
                              refused_before + others.size() < policy.most_refused_of_newest);
}

SprayBrake begun(SprayBrake brake, const std::string& account, base::SystemTime now) {
    take_out(brake.under_way, account);
    brake.under_way.push_back({account, now});
    return brake;
}

SprayBrake finished(SprayBrake brake,
                    const std::string& account,
                    PresentationResult result,
                    const SprayPolicy& policy,
                    base::SystemTime now) {
    take_out(brake.under_way, account);
    switch (result) {
    case PresentationResult::not_sent:
        break;
    case PresentationResult::unanswered:
        take_out(brake.unanswered, account);
        std::erase_if(brake.unanswered, [&](const SprayBrake::Try& one) {
            return left_of(one.at, policy.unanswered_counts, now) <= base::Duration::zero();
        });
        brake.unanswered.push_back({account, now});
        break;
    case PresentationResult::accepted:
        brake.succeeded = true;
        brake.refused.clear();
        brake.unanswered.clear();
        note_result(brake, account, true, policy);
        break;
    case PresentationResult::refused:
        take_out(brake.unanswered, account);
        take_out(brake.refused, account);
        brake.refused.push_back({account, now});
        note_result(brake, account, false, policy);
        stop_if_due(brake, policy, now);
        break;
    }
    return brake;
}

SprayBrake lost(SprayBrake brake, const std::string& account) {
    for (const SprayBrake::Try& one : brake.under_way) {
        if (one.account == account) {
            take_out(brake.unanswered, account);
            brake.unanswered.push_back(one);
            break;
        }
    }
    take_out(brake.under_way, account);
    return brake;
}

SprayBrake after_clock_step(SprayBrake brake, base::Duration step) {
    if (step > base::Duration::zero()) {
        for (Tries* const tries : {&brake.under_way, &brake.unanswered}) {
            for (SprayBrake::Try& one : *tries) {
                one.at += step;
            }
        }
    }
    return brake;
}

SprayBrake released(const SprayBrake& brake) {
    SprayBrake fresh;
    fresh.under_way = brake.under_way;
    return fresh;
}

} // namespace mailpreflight::core
