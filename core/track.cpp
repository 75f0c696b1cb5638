#include "core/track.hpp"

#include <algorithm>
#include <tuple>

namespace mailpreflight::core {

namespace {

/// The newest passing mailboxes of each source and check: what makes a definitive cause believable at once.
class PassingMailboxes {
public:
    explicit PassingMailboxes(const Tracks& tracks) {
        for (const auto& [key, track] : tracks) {
            count(key, track, 1);
        }
    }

    void replace(const TrackKey& key, const Track& before, const Track& after) {
        count(key, before, -1);
        count(key, after, 1);
    }

    [[nodiscard]] bool others_pass(const TrackKey& key) const {
        const auto found = passing_.find({key.check, key.subject.source});
        return found != passing_.end() && found->second > 0;
    }

private:
    void count(const TrackKey& key, const Track& track, int by) {
        if (is_about_mailbox(key.check) && track.definite && track.definite->state != State::fail) {
            passing_[{key.check, key.subject.source}] += by;
        }
    }

    std::map<std::pair<Check, std::string>, int> passing_;
};

base::Duration confirm_after(const ConfirmRules& rules, const Subject& subject) {
    const auto sooner = rules.sooner.find(subject);
    return sooner == rules.sooner.end() ? rules.confirm_after : std::min(rules.confirm_after, sooner->second);
}

bool is_good(const Observation& observation) {
    return observation.state == State::pass || observation.state == State::warn;
}

/// Is one look enough? A definitive cause while others pass (for mailboxes), a definitive cause of a source, and a pass
/// where nothing was believed before.
bool believed_at_once(const Observation& look, const Track& track, bool others_pass) {
    if (!track.confirmed && is_good(look)) {
        return true;
    }
    const bool definitive = info(look.cause).certainty == Certainty::definitive && look.state == State::fail;
    return definitive && (others_pass || !is_about_mailbox(look.key.check));
}

void believe(Track& track, const Observation& look, base::SystemTime first_seen, std::vector<Transition>& transitions) {
    transitions.push_back({look.key, track.confirmed, look, first_seen, track.last_good});
    track.confirmed = look;
    track.confirmed_since = first_seen;
    track.candidate.reset();
}

void look_at(Track& track, const Observation& look, const ConfirmRules& rules, bool others_pass,
             std::vector<Transition>& transitions) {
    if (track.latest && look.at <= track.latest->at) {
        return;
    }
    track.latest = look;
    if (!is_definite(look)) {
        return;
    }
    track.definite = look;
    if (track.confirmed && same_news(*track.confirmed, look)) {
        std::map<std::string, std::string> known = std::move(track.confirmed->facts);
        track.confirmed = look;
        track.confirmed->facts.merge(known); // a fact that this look did not see stays known
        track.candidate.reset();
    } else if (believed_at_once(look, track, others_pass)) {
        believe(track, look, look.at, transitions);
    } else if (!track.candidate || !same_news(track.candidate->last, look)) {
        track.candidate = Candidate{look, look};
    } else {
        track.candidate->last = look;
        const base::SystemTime first = track.candidate->first.at;
        if (look.at - first >= confirm_after(rules, look.key.subject) && look.connected_at > first) {
            believe(track, look, first, transitions);
        }
    }
    if (is_good(look)) {
        track.last_good = look.at;
    }
}

auto order(const Observation& o) {
    return std::tie(o.at, o.key, o.state, o.cause, o.detail, o.facts, o.connected_at);
}

} // namespace

std::vector<std::string> judged_facts(Check check) {
    switch (check) {
    case Check::tls_certificate:
        return {"sha256"};
    case Check::server_version:
        return {"build"};
    case Check::mailbox_impersonation:
    case Check::mailbox_full_access:
        return {"root_id"};
    case Check::source_dns:
    case Check::source_tcp:
    case Check::ews_login:
    case Check::owa_login:
    case Check::mailbox_owa:
    case Check::source_watch:
        return {};
    }
    return {};
}

bool same_news(const Observation& a, const Observation& b) {
    if (a.state != b.state || a.cause != b.cause) {
        return false;
    }
    const std::vector<std::string> names = judged_facts(a.key.check);
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        const auto x = a.facts.find(name);
        const auto y = b.facts.find(name);
        // A fact that one of them did not see says nothing.
        return x == a.facts.end() || y == b.facts.end() || x->second == y->second;
    });
}

Judged judge(Tracks tracks, std::vector<Observation> observations, const ConfirmRules& rules) {
    std::sort(observations.begin(), observations.end(), [](const Observation& a, const Observation& b) {
        return order(a) < order(b);
    });
    Judged judged;
    PassingMailboxes passing(tracks);
    for (const Observation& look : observations) {
        Track& track = tracks[look.key];
        const Track before = track;
        look_at(track, look, rules, passing.others_pass(look.key), judged.transitions);
        passing.replace(look.key, before, track);
    }
    judged.tracks = std::move(tracks);
    return judged;
}

} // namespace mailpreflight::core
