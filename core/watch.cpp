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
        if (key.check == Check::source_watch) {
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
        // That a shell proves nothing is all that explicit logon has to say (6.8).
        const bool in_vain = mailbox && track.latest && !is_definite(*track.latest) && track.latest->at <= now &&
                             track.latest->cause != Cause::shell_only;
        if (in_vain && (sight.in_vain == nullptr || sight.in_vain->at < track.latest->at)) {
            sight.in_vain = &*track.latest;
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
    const bool tried = sight.in_vain != nullptr && sight.in_vain->at > mailbox;
    if (tried && now - mailbox >= blind_after) {
        return fmt::format(
            "no mailbox could be judged since {}: {}", base::to_rfc3339(mailbox), code_of(sight.in_vain->cause));
    }
    return std::nullopt;
}

} // namespace

std::vector<Observation>
watch(const Plan& plan, const Tracks& tracks, const WatchingSince& watching_since, base::SystemTime now) {
    const std::map<std::string, Sight> sights = sights_of(tracks, now);
    std::vector<Observation> looks;
    for (const SourcePlan& source : plan.sources) {
        const auto sight = sights.find(source.name);
        const auto since = watching_since.find(source.name);
        const auto blind = blindness(sight == sights.end() ? Sight{} : sight->second,
                                     since == watching_since.end() ? now : since->second,
                                     plan.schedule.blind_after,
                                     now);
        looks.push_back(observe({Check::source_watch, Subject::of_source(source.name)},
                                now,
                                blind ? Cause::blind : Cause::ok,
                                blind.value_or("it is being looked at")));
        looks.back().connected_at = now;
    }
    return looks;
}

} // namespace mailpreflight::core
