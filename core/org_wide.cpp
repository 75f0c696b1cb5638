#include "core/org_wide.hpp"

#include <algorithm>
#include <map>

namespace mailpreflight::core {

namespace {

// A refusal that is older than this started no loss of the whole source: the canaries would have shown it.
constexpr base::Duration longest_suspicion = std::chrono::minutes(10);

bool opens(const KeptLook& look) {
    return look && is_good(look->state);
}

/// Good as believed, and refused since.
const Candidate* refusal_of(const Tracks& tracks, const TrackKey& key) {
    const Track* const track = find_track(tracks, key);
    const bool refused =
        track != nullptr && opens(track->confirmed) && track->candidate && track->candidate->last->state == State::fail;
    return refused ? &*track->candidate : nullptr;
}

} // namespace

base::Duration org_wide_apart(base::Duration confirm_after) {
    return std::min(longest_apart, confirm_after);
}

std::vector<TrackKey> passing_canaries(const Tracks& tracks, const std::vector<Subject>& canaries, Check check) {
    std::vector<TrackKey> passing;
    for (const Subject& subject : canaries) {
        const Track* const track = find_track(tracks, {check, subject});
        if (track != nullptr && opens(track->confirmed)) {
            passing.push_back({check, subject});
        }
    }
    return passing;
}

std::optional<base::SystemTime>
first_refusal(const Tracks& tracks, const std::vector<TrackKey>& passing, base::SystemTime now) {
    std::optional<base::SystemTime> first;
    for (const TrackKey& key : passing) {
        const Candidate* const refusal = refusal_of(tracks, key);
        if (refusal != nullptr && refusal->first->at <= now && now - refusal->first->at < longest_suspicion) {
            first = std::min(first.value_or(refusal->first->at), refusal->first->at);
        }
    }
    return first;
}

bool is_org_wide_loss(const Tracks& tracks, const std::vector<TrackKey>& passing, base::Duration apart) {
    return passing.size() >= fewest_canaries && std::all_of(passing.begin(), passing.end(), [&](const TrackKey& key) {
               const Candidate* const refusal = refusal_of(tracks, key);
               return refusal != nullptr && refusal->last->at - refusal->first->at >= apart &&
                      refusal->last->connected_at > refusal->first->at;
           });
}

std::optional<Loss> loss_of(const Tracks& tracks, const std::string& source, Check check) {
    std::optional<base::SystemTime> newest_good;
    std::map<Cause, std::vector<base::SystemTime>> failed;
    for (const auto& [key, track] : tracks_of(tracks, check)) {
        if (key.subject.source != source || !track.definite) {
            continue;
        }
        if (opens(track.definite)) {
            newest_good = std::max(newest_good.value_or(track.definite->at), track.definite->at);
        } else if (track.confirmed && track.confirmed->state == State::fail) {
            failed[track.confirmed->cause].push_back(track.confirmed_since.value_or(track.confirmed->at));
        }
    }
    std::optional<Loss> loss;
    std::size_t most = fewest_canaries - 1;
    for (auto& [cause, times] : failed) {
        std::erase_if(times, [&](base::SystemTime since) { return newest_good && since <= *newest_good; });
        if (times.size() > most) {
            most = times.size();
            loss = Loss{*std::min_element(times.begin(), times.end()), cause};
        }
    }
    return loss;
}

} // namespace mailpreflight::core
