#include "core/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace mailpreflight::core {

std::vector<Observation>
watch(const Plan& plan, const Tracks& tracks, base::SystemTime watching_since, base::SystemTime now) {
    std::map<std::string, base::SystemTime> newest;
    for (const auto& [key, track] : tracks) {
        if (track.definite && key.check != Check::source_watch && track.definite->at <= now) {
            base::SystemTime& seen = newest.try_emplace(key.subject.source, track.definite->at).first->second;
            seen = std::max(seen, track.definite->at);
        }
    }
    std::vector<Observation> looks;
    for (const SourcePlan& source : plan.sources) {
        const TrackKey key{Check::source_watch, Subject::of_source(source.name)};
        const auto found = newest.find(source.name);
        const base::SystemTime since = found == newest.end() ? watching_since : std::max(found->second, watching_since);
        const bool blind = now - since >= plan.schedule.blind_after;
        looks.push_back(blind ? observe(key,
                                        now,
                                        Cause::blind,
                                        fmt::format("nothing definite was seen since {}", base::to_rfc3339(since)))
                              : observe(key, now, Cause::ok, "it is being looked at"));
        looks.back().connected_at = now;
    }
    return looks;
}

} // namespace mailpreflight::core
