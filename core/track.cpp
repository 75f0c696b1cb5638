#include "core/track.hpp"

#include "core/org_wide.hpp"

#include <algorithm>
#include <set>
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

// A mailbox that came and went is steady again when its looks were equal for this many times confirm_after.
constexpr int looks_to_be_steady_again = 4;

base::Duration confirm_after(const ConfirmRules& rules, const Subject& subject) {
    const auto sooner = rules.sooner.find(subject);
    return sooner == rules.sooner.end() ? rules.confirm_after : std::min(rules.confirm_after, sooner->second);
}

/// What is known of the other mailboxes when one is looked at.
struct Others {
    bool pass = false;   ///< one of them passes
    bool refuse = false; ///< the whole source is believed to refuse
};

/// Is one look enough? A definitive cause while others pass (for mailboxes), a definitive cause of a source, a pass
/// where nothing was believed before, a refusal like those of all others where the whole source refuses, and what we
/// conclude ourselves: that has no connection that could err.
bool believed_at_once(const Observation& look, const Track& track, Others others) {
    if ((!track.confirmed && is_good(look.state)) || is_concluded(look.key.check)) {
        return true;
    }
    if (look.state != State::fail) {
        return false;
    }
    const bool definitive = info(look.cause).certainty == Certainty::definitive;
    return is_about_mailbox(look.key.check) ? others.refuse || (definitive && others.pass) : definitive;
}

/// A fact that this look did not see stays known.
KeptLook with_known_facts(const KeptLook& look, const KeptLook& believed) {
    Observation merged = *look;
    merged.facts.insert(believed->facts.begin(), believed->facts.end());
    return merged.facts.size() == look->facts.size() ? look : KeptLook(std::move(merged));
}

void believe(Track& track, const KeptLook& look, base::SystemTime first_seen, std::vector<Transition>& transitions) {
    // When the password ends stays known when nobody tells it any more: losing sight of it must not unblock a batch.
    const bool keeps_facts = track.confirmed && look->key.check == Check::account_password;
    const KeptLook believed = keeps_facts ? with_known_facts(look, track.confirmed) : look;
    transitions.push_back({look->key, track.confirmed.copy(), *believed, first_seen, track.last_good});
    track.confirmed = believed;
    track.confirmed_since = first_seen;
    track.candidate.reset();
}

bool is_unstable(const Track& track) {
    return track.confirmed && track.confirmed->cause == Cause::access_unstable;
}

/// What differs from what is believed waits here for an equal look.
void wait_or_believe(Track& track,
                     const KeptLook& look,
                     const ConfirmRules& rules,
                     std::vector<Transition>& transitions) {
    if (!track.candidate || !same_news(*track.candidate->last, *look)) {
        track.candidate = Candidate{look, look};
        return;
    }
    track.candidate->last = look;
    const base::SystemTime first = track.candidate->first->at;
    const base::Duration wait =
        confirm_after(rules, look->key.subject) * (is_unstable(track) ? looks_to_be_steady_again : 1);
    if (look->at - first >= wait && look->connected_at > first) {
        if (is_unstable(track)) {
            track.answers.clear();
        }
        believe(track, look, first, transitions);
    }
}

void look_at(
    Track& track, Observation seen, const ConfirmRules& rules, Others others, std::vector<Transition>& transitions) {
    if (track.latest && seen.at <= track.latest->at) {
        return;
    }
    const KeptLook look(std::move(seen));
    track.latest = look;
    if (!is_definite(*look)) {
        return;
    }
    track.definite = look;
    if (is_about_mailbox(look->key.check)) {
        track.answers = with_answer(std::move(track.answers), *look, track.confirmed ? &*track.confirmed : nullptr);
    }
    if (is_unstable(track)) {
        wait_or_believe(track, look, rules, transitions);
    } else if (steadiness(track.answers, look->at) == Steadiness::unstable) {
        believe(track, unstable_look(*look, track.answers), look->at, transitions);
    } else if (track.confirmed && same_news(*track.confirmed, *look)) {
        track.confirmed = with_known_facts(look, track.confirmed);
        track.candidate.reset();
    } else if (believed_at_once(*look, track, others)) {
        believe(track, look, look->at, transitions);
    } else {
        wait_or_believe(track, look, rules, transitions);
    }
    if (is_good(look->state)) {
        track.last_good = look->at;
    }
}

/// Which sources refuse altogether, as it was before the looks that are judged now; found out when it is asked for.
class RefusingSources {
public:
    bool refuse(const Tracks& tracks, const TrackKey& key, Cause cause) {
        const auto [entry, is_new] = known_.try_emplace({key.check, key.subject.source});
        if (is_new) {
            entry->second = loss_of(tracks, key.subject.source, key.check);
        }
        return entry->second && entry->second->cause == cause;
    }

private:
    std::map<std::pair<Check, std::string>, std::optional<Loss>> known_;
};

void believe_loss_of_source(Tracks& tracks,
                            const std::string& source,
                            Check check,
                            const ConfirmRules& rules,
                            std::vector<Transition>& transitions) {
    if (!rules.canaries_of) {
        return;
    }
    const std::vector<TrackKey> passing = passing_canaries(tracks, rules.canaries_of(source, tracks), check);
    if (!is_org_wide_loss(tracks, passing, org_wide_apart(rules.confirm_after))) {
        return;
    }
    for (const TrackKey& key : passing) {
        Track& track = tracks.at(key);
        const Candidate refusal = *track.candidate;
        believe(track, refusal.last, refusal.first->at, transitions);
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

void bring_back(KeptLook& look, base::SystemTime now) {
    if (look && (look->at > now || look->connected_at > now)) {
        Observation brought = *look;
        brought.at = std::min(brought.at, now);
        brought.connected_at = std::min(brought.connected_at, now);
        look = std::move(brought);
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

TrackRange tracks_of(const Tracks& tracks, Check check) {
    const auto first = tracks.lower_bound({check, {}}); // keys are ordered by their check first
    return {first, std::find_if(first, tracks.end(), [&](const auto& entry) { return entry.first.check != check; })};
}

std::vector<std::string> judged_facts(Check check) {
    switch (check) {
    case Check::tls_certificate:
        return {"sha256"};
    case Check::tls_floor:
        return {"best", "worst"};
    case Check::server_version:
        return {"build"};
    case Check::mailbox_impersonation:
    case Check::mailbox_full_access:
    case Check::mailbox_own_login:
        return {"root_id"};
    case Check::ews_login:
        return {"offers"};
    case Check::source_dns:
        return {"address_set"};
    case Check::source_tcp:
    case Check::owa_login:
    case Check::auth_extended_protection:
    case Check::account_password:
    case Check::source_address:
    case Check::source_clock:
    case Check::ews_user_agent:
    case Check::ews_retirement:
    case Check::mailbox_owa:
    case Check::account_spray_brake:
    case Check::account_rights:
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
    RefusingSources refusing;
    std::set<std::pair<Check, std::string>> suspected;
    for (Observation& look : observations) {
        const auto entry = tracks.try_emplace(look.key).first;
        auto& [key, track] = *entry;
        const Track before = track;
        const bool failed = look.state == State::fail && is_about_mailbox(key.check);
        const Others others{passing.others_pass(key, track), failed && refusing.refuse(tracks, key, look.cause)};
        look_at(track, std::move(look), rules, others, judged.transitions);
        passing.replace(key, before, track);
        if (failed && track.candidate) {
            suspected.insert({key.check, key.subject.source});
        }
    }
    for (const auto& [check, source] : suspected) {
        believe_loss_of_source(tracks, source, check, rules, judged.transitions);
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
        if (track.candidate && track.candidate->last->at > now) {
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
