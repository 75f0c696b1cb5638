#pragma once

#include "core/track.hpp"

#include <chrono>
#include <map>
#include <ostream>
#include <string>
#include <utility>

// Values that the tests of core are made of, and how GoogleTest prints them.
namespace mailpreflight::core {

using namespace std::chrono_literals;

/// When the stories of the tests begin: 2026-12-01 12:00 UTC.
inline constexpr base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

inline TrackKey mailbox_key(std::string address, Check check = Check::mailbox_impersonation) {
    return {check, Subject::of_mailbox("contoso", std::move(address))};
}

inline TrackKey source_key(Check check) {
    return {check, Subject::of_source("contoso")};
}

/// A look on a connection that was opened for it.
inline Observation look(TrackKey key, base::SystemTime at, Cause cause, std::map<std::string, std::string> facts = {}) {
    Observation observation = observe(std::move(key), at, cause);
    observation.connected_at = at;
    observation.facts = std::move(facts);
    return observation;
}

/// What is believed after this one look, as if it had been seen often enough.
inline Track believed(const Observation& look) {
    Track track;
    track.latest = look;
    track.definite = look;
    track.confirmed = look;
    track.confirmed_since = look.at;
    if (look.state != State::fail) {
        track.last_good = look.at;
    }
    return track;
}

inline void PrintTo(Cause cause, std::ostream* out) {
    *out << code_of(cause);
}

inline void PrintTo(const TrackKey& key, std::ostream* out) {
    *out << name_of(key.check) << " of " << to_text(key.subject);
}

inline void PrintTo(const Subject& subject, std::ostream* out) {
    *out << to_text(subject);
}

inline void PrintTo(const Observation& look, std::ostream* out) {
    PrintTo(look.key, out);
    *out << " at " << base::to_rfc3339(look.at) << ": " << code_of(look.cause);
}

} // namespace mailpreflight::core
