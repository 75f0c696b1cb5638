#pragma once

#include "base/clock.hpp"
#include "core/observation.hpp"

#include <map>
#include <optional>
#include <string>

namespace mailpreflight::runner {

/// What a source's request to slow down does (DESIGN 6.8, ews.md 6.4): a first back-off to an impersonated request
/// pauses that mailbox and halves the lanes; a second mailbox within 60 s, or one to any other request, pauses the
/// source. The lanes grow back one by one. Pure but for its own state; not thread-safe.
class BackOff {
public:
    explicit BackOff(int lanes) :
        most_lanes_(lanes),
        lanes_(lanes) {}

    /// The server asked for `wait` (zero: it only said busy) when `key` was looked at. `repeats` in a row without a
    /// number double from 10 s to 10 min.
    void slow_down(const core::TrackKey& key, base::Duration wait, base::SystemTime now);
    /// A look went through: grows the lanes back by one a minute and forgets the doubling.
    void went_well(base::SystemTime now);

    [[nodiscard]] std::optional<base::SystemTime> paused_until(base::SystemTime now) const;
    [[nodiscard]] bool is_paused(const core::Subject& mailbox, base::SystemTime now) const;
    [[nodiscard]] int lanes() const noexcept {
        return lanes_;
    }
    [[nodiscard]] const std::string& why() const noexcept {
        return why_;
    }

private:
    int most_lanes_;
    int lanes_;
    int unnumbered_ = 0;
    std::optional<base::SystemTime> source_until_;
    std::optional<std::pair<core::Subject, base::SystemTime>> last_mailbox_;
    std::map<core::Subject, base::SystemTime> mailbox_until_;
    base::SystemTime changed_at_;
    std::string why_;
};

} // namespace mailpreflight::runner
