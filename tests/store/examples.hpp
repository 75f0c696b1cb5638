#pragma once

#include "core/incident.hpp"
#include "core/track.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mailpreflight::store {

inline constexpr base::SystemTime noon =
    base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 5)) + std::chrono::hours(12);

inline core::TrackKey mailbox_key(int number) {
    return {core::Check::mailbox_impersonation,
            core::Subject::of_mailbox("contoso", "user" + std::to_string(number) + "@contoso.example")};
}

inline core::Observation look(core::TrackKey key, core::Cause cause, base::SystemTime at = noon) {
    core::Observation observation = core::observe(std::move(key), at, cause, "seen");
    observation.facts["build"] = "15.2.1544";
    observation.connected_at = at;
    return observation;
}

inline core::Track passing_track(const core::TrackKey& key, base::SystemTime at = noon) {
    const core::Observation seen = look(key, core::Cause::ok, at);
    return {.latest = seen, .definite = seen, .confirmed = seen, .confirmed_since = at, .last_good = at};
}

inline core::Incident open_incident(std::uint64_t number) {
    return {.number = number,
            .source = "contoso",
            .cause = core::Cause::impersonation_denied,
            .opened_at = noon,
            .updated_at = noon};
}

/// The value, or a failed test with the error's text.
template <typename T>
T value_of(base::Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().message());
    }
    return std::move(*result);
}

inline std::string problem_of(const base::Status& status) {
    return status ? "none" : status.error().message();
}

template <typename T>
std::string problem_of(const base::Result<T>& result) {
    return result ? "none" : result.error().message();
}

} // namespace mailpreflight::store
