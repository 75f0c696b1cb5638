#include "core/same_mailbox.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace mailpreflight::core {

namespace {

using RootKey = std::tuple<Check, std::string, std::string>; // check, source, root_id

std::optional<RootKey> root_of(const Observation& look) {
    const auto root = look.facts.find("root_id");
    if (!is_about_mailbox(look.key.check) || root == look.facts.end() || root->second.empty()) {
        return std::nullopt;
    }
    return RootKey{look.key.check, look.key.subject.source, root->second};
}

} // namespace

std::vector<Observation> mark_same_mailbox(std::vector<Observation> observations, const Tracks& tracks) {
    std::set<std::string, std::less<>> asked;
    std::set<TrackKey> looked_at;
    for (const Observation& look : observations) {
        looked_at.insert(look.key);
        if (const auto root = root_of(look)) {
            asked.insert(std::get<2>(*root));
        }
    }
    std::map<RootKey, std::set<std::string>> owners;
    const auto note = [&](const Observation& look) {
        if (const auto root = root_of(look)) {
            owners[*root].insert(look.key.subject.name);
        }
    };
    for (const auto& [key, track] : tracks) {
        if (!track.definite) {
            continue;
        }
        // Of all mailboxes, so the cheap question comes first.
        const auto root = track.definite->facts.find("root_id");
        const bool shared = root != track.definite->facts.end() && asked.contains(root->second);
        if (shared && !looked_at.contains(key)) { // a new look outdates the kept one
            note(*track.definite);
        }
    }
    for (const Observation& look : observations) {
        note(look);
    }
    for (Observation& look : observations) {
        const auto root = root_of(look);
        if (!root) {
            continue;
        }
        const std::string& first = *owners[*root].begin();
        if (first != look.key.subject.name) {
            look.cause = Cause::same_mailbox_twice;
            look.state = state_of(look.cause);
            look.detail = "opens the same mailbox as " + first;
        }
    }
    return observations;
}

} // namespace mailpreflight::core
