#include "core/addresses.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string_view>

namespace mailpreflight::core {

namespace {

// What the next look needs to know: "192.0.2.7=2026-12-01T12:00:00Z ...", and when the last new one came up.
constexpr const char* seen_fact = "addresses_seen";
constexpr const char* since_fact = "addresses_since";

// source.address looks every quarter of an hour: an address that is missing from four answers is none of it.
constexpr base::Duration present_within = std::chrono::hours(1);
constexpr base::Duration forget_after = std::chrono::hours(24 * 7);

std::string fact(const Observation& look, const char* name) {
    const auto found = look.facts.find(name);
    return found == look.facts.end() ? "" : found->second;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (const std::string_view word : base::split(text, ' ')) {
        if (!word.empty()) {
            words.emplace_back(word);
        }
    }
    return words;
}

/// What is known of a name.
struct Memory {
    std::map<std::string, base::SystemTime> seen; ///< address → when an answer last held it
    std::optional<base::SystemTime> since;        ///< when the newest one came up
    std::string set;                              ///< as it was last judged; empty: not settled yet
};

Memory memory_of(const Observation& look) {
    Memory memory;
    for (const std::string& word : words_of(fact(look, seen_fact))) {
        const std::size_t sign = std::min(word.rfind('='), word.size());
        if (const auto at = base::parse_rfc3339(std::string_view(word).substr(std::min(sign + 1, word.size())))) {
            memory.seen.emplace(word.substr(0, sign), *at);
        }
    }
    if (const auto since = base::parse_rfc3339(fact(look, since_fact))) {
        memory.since = *since;
    }
    memory.set = fact(look, address_set_fact);
    return memory;
}

void write(const Memory& memory, Observation& look) {
    std::vector<std::string> words;
    for (const auto& [address, at] : memory.seen) {
        words.push_back(address + "=" + base::to_rfc3339(at));
    }
    look.facts[seen_fact] = base::join(words, " ");
    if (memory.since) {
        look.facts[since_fact] = base::to_rfc3339(*memory.since);
    }
}

void forget_the_oldest(Memory& memory) {
    const auto older = [](const auto& a, const auto& b) { return a.second < b.second; };
    while (memory.seen.size() > most_addresses) {
        memory.seen.erase(std::min_element(memory.seen.begin(), memory.seen.end(), older));
    }
}

/// Takes one answer in; the look then says what its name stands for, if that has settled.
void take_in(Memory& memory, Observation& look) {
    const std::vector<std::string> answer = words_of(fact(look, answer_fact));
    for (auto& [address, at] : memory.seen) {
        at = std::min(at, look.at); // a clock that was set back
    }
    memory.since = std::min(memory.since.value_or(look.at), look.at);
    for (const std::string& address : answer) {
        if (!memory.seen.contains(address)) {
            memory.since = look.at;
        }
        memory.seen[address] = look.at;
    }
    if (!answer.empty()) {
        std::erase_if(memory.seen, [&](const auto& entry) { return look.at - entry.second >= remember_address; });
        if (memory.seen.size() > most_addresses) {
            forget_the_oldest(memory);
            memory.since = look.at;
        }
        const bool varies = memory.seen.size() != answer.size();
        const base::Duration wait = varies ? settle_varying : settle_steady;
        if (!memory.set.empty() || look.at - *memory.since >= wait) {
            std::vector<std::string> all;
            for (const auto& [address, at] : memory.seen) {
                all.push_back(address);
            }
            memory.set = base::join(all, " ");
            look.facts[address_set_fact] = memory.set;
        }
    }
    if (!memory.seen.empty()) {
        write(memory, look);
    }
}

/// Of a look that has none of its own: what was judged last stays known to the next.
Memory newest_memory(const Track* track) {
    if (track == nullptr || !track->latest) {
        return {};
    }
    Memory memory = memory_of(*track->latest);
    if (memory.set.empty() && track->confirmed) {
        memory.set = fact(*track->confirmed, address_set_fact);
    }
    return memory;
}

} // namespace

std::vector<Observation> remember_addresses(std::vector<Observation> observations, const Tracks& tracks) {
    std::vector<Observation*> looks;
    for (Observation& look : observations) {
        if (look.key.check == Check::source_dns) {
            looks.push_back(&look);
        }
    }
    std::sort(looks.begin(), looks.end(), [](const Observation* a, const Observation* b) { return a->at < b->at; });
    std::map<Subject, Memory> memories;
    for (Observation* const look : looks) {
        const auto memory = memories.try_emplace(look->key.subject, newest_memory(find_track(tracks, look->key))).first;
        take_in(memory->second, *look);
    }
    return observations;
}

std::vector<TrackKey> present_addresses(const Tracks& tracks) {
    std::vector<TrackKey> keys;
    for (const auto& [key, track] : tracks_of(tracks, Check::source_address)) {
        if (key.subject.kind != SubjectKind::address || !track.latest) {
            continue;
        }
        const Track* const source = find_track(tracks, {key.check, Subject::of_source(key.subject.source)});
        if (source != nullptr && source->latest && source->latest->at - track.latest->at < present_within) {
            keys.push_back(key);
        }
    }
    return keys;
}

std::vector<TrackKey> forgotten_addresses(const Tracks& tracks) {
    std::vector<TrackKey> keys;
    for (const auto& [key, track] : tracks_of(tracks, Check::source_address)) {
        const Track* const source = find_track(tracks, {key.check, Subject::of_source(key.subject.source)});
        if (key.subject.kind == SubjectKind::address && track.latest && source != nullptr && source->latest &&
            source->latest->at - track.latest->at >= forget_after) {
            keys.push_back(key);
        }
    }
    return keys;
}

} // namespace mailpreflight::core
