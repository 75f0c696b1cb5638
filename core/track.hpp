#pragma once

#include "core/kept_look.hpp"
#include "core/steadiness.hpp"

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace mailpreflight::core {

/// A definite look that differs from what is believed and waits for its second look.
struct Candidate {
    KeptLook first;
    KeptLook last;

    bool operator==(const Candidate&) const = default;
};

/// Everything that judgement keeps of one check of one subject.
struct Track {
    KeptLook latest;                                 ///< the newest look, whatever its state
    KeptLook definite;                               ///< the newest pass, warn or fail
    KeptLook confirmed;                              ///< what is believed: the newest look that says it
    std::optional<base::SystemTime> confirmed_since; ///< when what is believed was first seen
    std::optional<base::SystemTime> last_good;       ///< newest pass or warn
    std::optional<Candidate> candidate;
    std::vector<Answer> answers; ///< of a mailbox, while they differ

    bool operator==(const Track&) const = default;
};

using Tracks = std::map<TrackKey, Track>;

/// Null where nothing is kept of the key.
const Track* find_track(const Tracks& tracks, const TrackKey& key);

/// The tracks of one check.
struct TrackRange {
    Tracks::const_iterator first;
    Tracks::const_iterator last;

    [[nodiscard]] Tracks::const_iterator begin() const {
        return first;
    }
    [[nodiscard]] Tracks::const_iterator end() const {
        return last;
    }
};
TrackRange tracks_of(const Tracks& tracks, Check check);

/// The facts of a check that make two looks different although state and cause agree ("sha256", "build", "root_id").
std::vector<std::string> judged_facts(Check check);

/// Do two looks say the same: state, cause and judged facts?
bool same_news(const Observation& a, const Observation& b);

/// A change of what is believed.
struct Transition {
    TrackKey key;
    std::optional<Observation> before; ///< empty: the first that was ever believed
    Observation after;
    base::SystemTime first_seen; ///< when `after` was first seen
    std::optional<base::SystemTime> last_good;

    bool operator==(const Transition&) const = default;
};

/// How long the second look must be away from the first, by track (batches near their window are quicker).
struct ConfirmRules {
    base::Duration confirm_after = std::chrono::minutes(15);
    std::map<Subject, base::Duration> sooner; ///< mailboxes of batches inside T-4 h
    /// The canaries of a source; it may refer to the plan that the rules were made of. Empty: there are none.
    std::function<std::vector<Subject>(const std::string& source, const Tracks& tracks)> canaries_of;
};

struct Judged {
    Tracks tracks;
    std::vector<Transition> transitions; ///< in the order of their time
};

/// Takes a set of observations in, in the order of their time whatever order they come in (6.3, 6.4): unknown never
/// replaces a definite state; a look older than the newest kept changes nothing; what differs from the believed state
/// waits for an equal look at least confirm_after later on a newer connection; a definitive cause needs no second look
/// while another mailbox of the source passes; a first pass is believed at once. A source whose canaries all refuse
/// twice is believed to refuse (core/org_wide.hpp), and then each of its mailboxes at its first refusal. A mailbox that
/// comes and goes is access_unstable until its looks were equal for four times confirm_after (core/steadiness.hpp).
Judged judge(Tracks tracks, std::vector<Observation> observations, const ConfirmRules& rules);

/// Looks of the future were seen by a clock that was wrong: they count as seen now. Else judge() would ignore every
/// look until that future has come. For the start, and whenever the wall clock went backwards.
Tracks after_clock_set_back(Tracks tracks, base::SystemTime now);

/// How far two looks on both sides of a leap are apart is not known: what waits for its second look starts anew.
Tracks after_clock_leap(Tracks tracks);

} // namespace mailpreflight::core
