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
};

void note(std::optional<base::SystemTime>& newest, base::SystemTime at) {
    newest = std::max(newest.value_or(at), at);
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
    }
    return sights;
}

/// The check without a result for whose sake no mailbox is asked for; nothing: there is none. One that fails, and a
/// secret that is held back, have their own incidents.
const Track* gate_in_vain(const SourcePlan& source, const Tracks& tracks, base::SystemTime now) {
    std::vector<Check> gates{Check::tls_certificate}; // in the order in which they are asked
    if (source.has_ews) {
        gates.push_back(Check::ews_login);
    }
    if (source.has_owa) {
        gates.push_back(Check::owa_login);
    }
    for (const Check gate : gates) {
        const Track* const track = find_track(tracks, {gate, Subject::of_source(source.name)});
        if (track == nullptr || !track->latest || track->latest->at > now) {
            return nullptr;
        }
        const Cause cause = track->latest->cause;
        if (!is_definite(*track->latest)) {
            return cause == Cause::presentation_withheld ? nullptr : track;
        }
        if (state_of(cause) == State::fail) {
            return nullptr;
        }
    }
    return nullptr;
}

/// Why the source is not seen; nothing: it is.
std::optional<std::string> blindness(const Sight& sight,
                                     const Track* gate_in_vain,
                                     base::SystemTime since,
                                     base::Duration blind_after,
                                     base::SystemTime now) {
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
    if (gate_in_vain != nullptr) {
        const base::SystemTime answered = gate_in_vain->definite ? gate_in_vain->definite->at : since;
        if (now - std::max(since, answered) >= blind_after) {
            return why(gate_in_vain->latest->cause);
        }
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
                                     gate_in_vain(source, tracks, now),
                                     since_when(key, tracks, watching_since, blind_after, now),
                                     blind_after,
                                     now);
        looks.push_back(observe(key, now, blind ? Cause::blind : Cause::ok, blind.value_or("it is being looked at")));
        looks.back().connected_at = now;
    }
    return looks;
}

} // namespace mailpreflight::core
