#include "core/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace mailpreflight::core {

namespace {

/// The newest looks of one source. Looks of the future say nothing.
struct Sight {
    std::optional<base::SystemTime> definite;         ///< of anything
    std::optional<base::SystemTime> definite_mailbox; ///< of a mailbox
    const Observation* in_vain = nullptr;             ///< of a mailbox, without a result
    const Track* locked_out = nullptr;                ///< the login that is without a result for longest
};

void note(std::optional<base::SystemTime>& newest, base::SystemTime at) {
    newest = std::max(newest.value_or(at), at);
}

base::SystemTime last_definite(const Track& track) {
    return track.definite ? track.definite->at : base::SystemTime::min();
}

/// A secret that is held back has its own incident.
bool is_login_in_vain(const TrackKey& key, const Track& track, base::SystemTime now) {
    return (key.check == Check::ews_login || key.check == Check::owa_login) && track.latest &&
           track.latest->at <= now && !is_definite(*track.latest) &&
           track.latest->cause != Cause::presentation_withheld;
}

std::map<std::string, Sight> sights_of(const Tracks& tracks, base::SystemTime now) {
    std::map<std::string, Sight> sights;
    for (const auto& [key, track] : tracks) {
        if (is_concluded(key.check)) {
            continue;
        }
        Sight& sight = sights[key.subject.source];
        const bool mailbox = is_about_mailbox(key.check);
        if (track.definite && track.definite->at <= now) {
            note(sight.definite, track.definite->at);
            if (mailbox) {
                note(sight.definite_mailbox, track.definite->at);
            }
        }
        // That a shell proves nothing is all that explicit logon has to say (6.8); an individual password that is held
        // back has its own incident, or waits by itself.
        const bool as_it_should =
            track.latest &&
            (track.latest->cause == Cause::shell_only ||
             (key.check == Check::mailbox_own_login && track.latest->cause == Cause::presentation_withheld));
        const bool in_vain =
            mailbox && track.latest && !is_definite(*track.latest) && track.latest->at <= now && !as_it_should;
        if (in_vain && (sight.in_vain == nullptr || sight.in_vain->at < track.latest->at)) {
            sight.in_vain = &*track.latest;
        }
        if (is_login_in_vain(key, track, now) &&
            (sight.locked_out == nullptr || last_definite(track) < last_definite(*sight.locked_out))) {
            sight.locked_out = &track;
        }
    }
    return sights;
}

/// Why the source is not seen; nothing: it is.
std::optional<std::string>
blindness(const Sight& sight, base::SystemTime since, base::Duration blind_after, base::SystemTime now) {
    const base::SystemTime seen = std::max(since, sight.definite.value_or(since));
    if (now - seen >= blind_after) {
        return fmt::format("nothing definite was seen since {}", base::to_rfc3339(seen));
    }
    const base::SystemTime mailbox = std::max(since, sight.definite_mailbox.value_or(since));
    if (now - mailbox < blind_after) {
        return std::nullopt;
    }
    const auto why = [mailbox](Cause cause) {
        return fmt::format("no mailbox could be judged since {}: {}", base::to_rfc3339(mailbox), code_of(cause));
    };
    if (sight.in_vain != nullptr && sight.in_vain->at > mailbox) {
        return why(sight.in_vain->cause);
    }
    // Behind a login without a result no mailbox is asked for at all.
    if (sight.locked_out != nullptr && now - std::max(since, last_definite(*sight.locked_out)) >= blind_after) {
        return why(sight.locked_out->latest->cause);
    }
    return std::nullopt;
}

/// What was called blind stays so until it is seen: by a restart or a quiet time nothing is.
base::SystemTime since_when(const TrackKey& key,
                            const Tracks& tracks,
                            const WatchingSince& watching_since,
                            base::Duration blind_after,
                            base::SystemTime now) {
    const auto entry = watching_since.find(key.subject.source);
    const base::SystemTime since = entry == watching_since.end() ? now : entry->second;
    const Track* const track = find_track(tracks, key);
    const bool was_blind = track != nullptr && track->latest && track->latest->cause == Cause::blind;
    return was_blind ? std::min(since, track->latest->at - blind_after) : since;
}

} // namespace

std::vector<Observation>
watch(const Plan& plan, const Tracks& tracks, const WatchingSince& watching_since, base::SystemTime now) {
    const std::map<std::string, Sight> sights = sights_of(tracks, now);
    std::vector<Observation> looks;
    for (const SourcePlan& source : plan.sources) {
        const auto sight = sights.find(source.name);
        const TrackKey key{Check::source_watch, Subject::of_source(source.name)};
        const base::Duration blind_after = plan.schedule.blind_after;
        const auto blind = blindness(sight == sights.end() ? Sight{} : sight->second,
                                     since_when(key, tracks, watching_since, blind_after, now),
                                     blind_after,
                                     now);
        looks.push_back(observe(key, now, blind ? Cause::blind : Cause::ok, blind.value_or("it is being looked at")));
        looks.back().connected_at = now;
    }
    return looks;
}

} // namespace mailpreflight::core
