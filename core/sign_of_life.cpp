#include "core/sign_of_life.hpp"

#include "core/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::core {

namespace {

/// The looks at the planned mailboxes of one source.
struct Looks {
    std::size_t mailboxes = 0; ///< ways into them
    std::size_t never = 0;
    std::optional<base::SystemTime> oldest;
};

std::map<std::string, Looks> looks_of(const Plan& plan, const Tracks& tracks) {
    std::map<std::string, Looks> looks;
    for (const TrackKey& key : planned_keys(plan)) {
        if (!is_about_mailbox(key.check)) {
            continue;
        }
        Looks& of_source = looks[key.subject.source];
        ++of_source.mailboxes;
        const Track* const track = find_track(tracks, key);
        if (track == nullptr || !track->latest) {
            ++of_source.never;
        } else {
            of_source.oldest = std::min(of_source.oldest.value_or(track->latest->at), track->latest->at);
        }
    }
    return looks;
}

std::optional<base::SystemTime> newest_look(const Tracks& tracks) {
    std::optional<base::SystemTime> newest;
    for (const auto& [key, track] : tracks) {
        if (track.latest && key.check != Check::source_watch) { // our own conclusions see nothing
            newest = std::max(newest.value_or(track.latest->at), track.latest->at);
        }
    }
    return newest;
}

} // namespace

SignsOfLife signs_of_life(const Plan& plan, const Tracks& tracks, LifeMemory memory, base::SystemTime now) {
    SignsOfLife signs;
    const std::map<std::string, Looks> looks = looks_of(plan, tracks);
    std::erase_if(memory.sweeps, [&](const auto& entry) { return !looks.contains(entry.first) || entry.second > now; });
    for (const auto& [source, seen] : looks) {
        const auto [sweep, is_new] = memory.sweeps.try_emplace(source, now);
        if (!is_new && seen.never == 0 && seen.oldest && *seen.oldest >= sweep->second) {
            signs.beats.push_back(
                {BeatKind::success, fmt::format("{} was swept: {} looks at mailboxes", source, seen.mailboxes)});
            sweep->second = now;
        } else if (!is_new) {
            continue;
        }
        signs.beats.push_back({BeatKind::start, fmt::format("a sweep over {} begins", source)});
    }
    if (!memory.beat_at || *memory.beat_at > now || now - *memory.beat_at >= between_beats) {
        const auto newest = newest_look(tracks);
        const bool alive = newest && now - *newest <= plan.schedule.blind_after;
        if (alive || memory.beat_at) { // at the start nothing was seen yet
            signs.beats.push_back(
                {alive ? BeatKind::success : BeatKind::fail,
                 newest ? fmt::format("the newest look is of {}", base::to_rfc3339(*newest)) : "nothing was seen yet"});
        }
        memory.beat_at = now;
    }
    signs.memory = std::move(memory);
    return signs;
}

} // namespace mailpreflight::core
