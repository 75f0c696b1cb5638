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

    /// Does a mailbox other than that of `key`, whose track is given, pass?
    [[nodiscard]] bool others_pass(const TrackKey& key, const Track& own) const {
        const auto found = passing_.find({key.check, key.subject.source});
        return found != passing_.end() && found->second > (passes(key, own) ? 1 : 0);
    }

private:
    static bool passes(const TrackKey& key, const Track& track) {
        return is_about_mailbox(key.check) && track.definite && track.definite->state != State::fail;
    }

    void count(const TrackKey& key, const Track& track, int by) {
        if (passes(key, track)) {
            passing_[{key.check, key.subject.source}] += by;
        }
    }

    std::map<std::pair<Check, std::string_view>, int> passing_; // the names live in the keys of tracks and looks
};

base::Duration confirm_after(const ConfirmRules& rules, const Subject& subject) {
    const auto sooner = rules.sooner.find(subject);
    return sooner == rules.sooner.end() ? rules.confirm_after : std::min(rules.confirm_after, sooner->second);
}

bool is_good(const Observation& observation) {
    return observation.state == State::pass || observation.state == State::warn;
}

/// Is one look enough? A definitive cause while others pass (for mailboxes), a definitive cause of a source, a pass
/// where nothing was believed before, and what we say of ourselves: source.watch has no connection that could err.
bool believed_at_once(const Observation& look, const Track& track, bool others_pass) {
    if ((!track.confirmed && is_good(look)) || look.key.check == Check::source_watch) {
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

void look_at(Track& track,
             const Observation& look,
             const ConfirmRules& rules,
             bool others_pass,
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

auto order(const Evidence& e) {
    return std::tie(e.url,
                    e.http_status,
                    e.response_code,
                    e.message,
                    e.request_id,
                    e.client_request_id,
                    e.front_end,
                    e.back_end,
                    e.peer);
}

/// A total order, so that what is kept of two looks of one moment does not depend on how they came.
bool comes_before(const Observation& a, const Observation& b) {
    const auto judged = [](const Observation& o) {
        return std::tie(o.at, o.key, o.state, o.cause, o.facts, o.connected_at, o.detail);
    };
    if (judged(a) != judged(b)) {
        return judged(a) < judged(b);
    }
    if (order(a.evidence) != order(b.evidence)) {
        return order(a.evidence) < order(b.evidence);
    }
    return std::lexicographical_compare(a.stages.begin(),
                                        a.stages.end(),
                                        b.stages.begin(),
                                        b.stages.end(),
                                        [](const StageTiming& x, const StageTiming& y) {
                                            return std::tie(x.stage, x.took) < std::tie(y.stage, y.took);
                                        });
}

void bring_back(std::optional<Observation>& look, base::SystemTime now) {
    if (look) {
        look->at = std::min(look->at, now);
        look->connected_at = std::min(look->connected_at, now);
    }
}

void bring_back(std::optional<base::SystemTime>& time, base::SystemTime now) {
    if (time) {
        time = std::min(*time, now);
    }
}

} // namespace

const Track* find_track(const Tracks& tracks, const TrackKey& key) {
    const auto found = tracks.find(key);
    return found == tracks.end() ? nullptr : &found->second;
}

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
    std::sort(observations.begin(), observations.end(), comes_before);
    Judged judged;
    PassingMailboxes passing(tracks);
    for (const Observation& look : observations) {
        Track& track = tracks[look.key];
        const Track before = track;
        look_at(track, look, rules, passing.others_pass(look.key, track), judged.transitions);
        passing.replace(look.key, before, track);
    }
    judged.tracks = std::move(tracks);
    return judged;
}

Tracks after_clock_set_back(Tracks tracks, base::SystemTime now) {
    for (auto& [key, track] : tracks) {
        bring_back(track.latest, now);
        bring_back(track.definite, now);
        bring_back(track.confirmed, now);
        bring_back(track.confirmed_since, now);
        bring_back(track.last_good, now);
        if (track.candidate && track.candidate->last.at > now) {
            track.candidate.reset(); // how far apart its looks were is no longer known
        }
    }
    return tracks;
}

Tracks after_clock_leap(Tracks tracks) {
    for (auto& [key, track] : tracks) {
        track.candidate.reset();
    }
    return tracks;
}

} // namespace mailpreflight::core
