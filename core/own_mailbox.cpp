#include "core/own_mailbox.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string_view>

namespace mailpreflight::core {

namespace {

const std::string* fact(const Observation& look, const char* name) {
    const auto found = look.facts.find(name);
    return found == look.facts.end() || found->second.empty() ? nullptr : &found->second;
}

/// By source: of the newest login that told it.
std::map<std::string, std::string> own_roots(const std::vector<Observation>& observations, const Tracks& tracks) {
    std::map<std::string, std::string> roots;
    for (const auto& [key, track] : tracks_of(tracks, Check::ews_login)) {
        if (track.confirmed) {
            if (const std::string* const root = fact(*track.confirmed, own_root_fact)) {
                roots[key.subject.source] = *root;
            }
        }
    }
    for (const Observation& look : observations) {
        if (look.key.check == Check::ews_login) {
            if (const std::string* const root = fact(look, own_root_fact)) {
                roots[look.key.subject.source] = *root;
            }
        }
    }
    return roots;
}

/// user@domain is the address; of DOMAIN\user the user is its part before the @.
bool names_address(const std::string& username, const std::string& address) {
    const std::string name = base::to_lower(username);
    if (name.find('@') != std::string::npos) {
        return name == address;
    }
    const std::string_view user = std::string_view(name).substr(name.find('\\') + 1);
    return !user.empty() && user == std::string_view(address).substr(0, address.find('@'));
}

} // namespace

std::vector<Observation> mark_own_mailbox(std::vector<Observation> observations,
                                          const Tracks& tracks,
                                          const std::map<std::string, SourceNames>& names) {
    const std::map<std::string, std::string> roots = own_roots(observations, tracks);
    for (Observation& look : observations) {
        const auto own = roots.find(look.key.subject.source);
        const std::string* const opened = is_about_mailbox(look.key.check) ? fact(look, "root_id") : nullptr;
        if (opened == nullptr || own == roots.end() || own->second != *opened) {
            continue;
        }
        const auto known = names.find(look.key.subject.source);
        const bool is_own = known != names.end() && (names_address(known->second.account, look.key.subject.name) ||
                                                     names_address(known->second.upn, look.key.subject.name));
        if (!is_own) {
            look.cause = Cause::wrong_mailbox;
            look.state = state_of(look.cause);
            look.detail = "opened the root folder of the account that logged in";
        }
    }
    return observations;
}

} // namespace mailpreflight::core
