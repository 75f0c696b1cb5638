#pragma once

#include "core/plan.hpp"
#include "core/track.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// Something that a source's logins rest on and that ends: the password, the account, the certificate.
struct Ending {
    Check check = Check::account_password; ///< that told of it
    Cause cause = Cause::ok;               ///< what it is called when a window is not over by then
    Cause soon = Cause::ok;                ///< what the check calls it by itself: no news beside `cause`
    base::SystemTime at;
    bool declared = false; ///< a day that the operator wrote down: taken for its first moment, UTC

    bool operator==(const Ending&) const = default;
};

/// What is known to end, by the newest definite look that tells of it. What has failed already is that check's own.
std::vector<Ending> known_endings(const Tracks& tracks, const std::string& source);

/// Those of them that come before the batch's window is over; none without a window, or when it has passed.
std::vector<Ending> endings_before_window(const Batch& batch, const Tracks& tracks, base::SystemTime now);

/// "3 days before wave2's window", "inside wave2's window, 2 hours before it is over"
std::string words_for(const Ending& ending, const Batch& batch, base::SystemTime now);

/// "3 days", "1 day", "5 hours", "20 minutes": rounded down.
std::string words_for(base::Duration duration);

} // namespace mailpreflight::core
