#pragma once

#include "core/track.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// A whole source that refuses is believed sooner than one mailbox (DESIGN 6.4): when all canaries that passed last
/// time, at least this many, refuse twice, so far apart, on new connections.
inline constexpr std::size_t fewest_canaries = 3;
inline constexpr base::Duration longest_apart = std::chrono::seconds(10);

/// How far apart the two looks are where single mailboxes wait for confirm_after.
base::Duration org_wide_apart(base::Duration confirm_after);

/// The tracks of these canaries by this check that are believed to be good.
std::vector<TrackKey> passing_canaries(const Tracks& tracks, const std::vector<Subject>& canaries, Check check);

/// When the first of these good canaries was refused, a moment ago; nothing: none was.
std::optional<base::SystemTime>
first_refusal(const Tracks& tracks, const std::vector<TrackKey>& passing, base::SystemTime now);

/// Did all of them refuse twice?
bool is_org_wide_loss(const Tracks& tracks, const std::vector<TrackKey>& passing, base::Duration apart);

/// A way that opens no mailbox of a source any more.
struct Loss {
    base::SystemTime since;
    Cause cause = Cause::ok;

    bool operator==(const Loss&) const = default;
};

/// At least fewest_canaries mailboxes are believed to fail by this check with one cause, and no look was good since the
/// first of them failed. Nothing: some open, or too few were looked at.
std::optional<Loss> loss_of(const Tracks& tracks, const std::string& source, Check check);

} // namespace mailpreflight::core
