#include "core/leftover_rights.hpp"

#include "base/text.hpp"
#include "core/batch_state.hpp"
#include "core/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace mailpreflight::core {

namespace {

constexpr std::size_t most_mailboxes = 3;
// A look that says that rights work is believed for so many of its intervals.
constexpr int looks_that_may_fail = 4;

/// The batches of a source, and since when the last of them is done; nothing where one is open or there is none.
struct Done {
    std::vector<const Batch*> batches;
    base::SystemTime since;
};

std::optional<Done> all_done(const Plan& plan, const std::string& source, base::SystemTime now) {
    Done done;
    for (const Batch& batch : plan.batches) {
        if (batch.source != source) {
            continue;
        }
        const auto since = done_since(plan.schedule, batch, now);
        if (!since) {
            return std::nullopt;
        }
        done.batches.push_back(&batch);
        done.since = std::max(done.since, *since);
    }
    return done.batches.empty() ? std::nullopt : std::optional(std::move(done));
}

/// A mailbox that is gone says nothing of rights.
bool has_gone(const Track* track) {
    return track != nullptr && track->definite && is_progress(track->definite->cause);
}

std::vector<TrackKey> looks_of(const Plan& plan, const Done& done, const Tracks& tracks) {
    std::vector<TrackKey> keys;
    std::size_t mailboxes = 0;
    for (const Batch* const batch : done.batches) {
        for (std::size_t i = 0; i < batch->list.mailboxes.size() && mailboxes < most_mailboxes; ++i) {
            const Subject subject = Subject::of_mailbox(batch->source, batch->list.mailboxes[i].address);
            bool stays = false;
            for (const Way way : required_ways(*batch, i, plan.schedule)) {
                if (way == Way::own_login) {
                    continue; // the user's own right, which stays
                }
                const TrackKey key{check_of(way), subject};
                if (!has_gone(find_track(tracks, key)) && !must_not_open(plan, subject)) {
                    keys.push_back(key);
                    stays = true;
                }
            }
            mailboxes += stays ? 1 : 0;
        }
    }
    return keys;
}

bool login_is_refused(const SourcePlan& source, const Tracks& tracks) {
    const Track* const login =
        find_track(tracks, {source.has_ews ? Check::ews_login : Check::owa_login, Subject::of_source(source.name)});
    return login != nullptr && login->confirmed && login->confirmed->state == State::fail;
}

} // namespace

std::vector<TrackKey> leftover_looks(const Plan& plan, const Tracks& tracks, base::SystemTime now) {
    std::vector<TrackKey> keys;
    for (const SourcePlan& source : plan.sources) {
        if (const auto done = all_done(plan, source.name, now)) {
            const std::vector<TrackKey> of_source = looks_of(plan, *done, tracks);
            keys.insert(keys.end(), of_source.begin(), of_source.end());
        }
    }
    return keys;
}

std::vector<Observation> leftover_rights(const Plan& plan, const Tracks& tracks, base::SystemTime now) {
    std::vector<Observation> looks;
    for (const SourcePlan& source : plan.sources) {
        const auto done = all_done(plan, source.name, now);
        const TrackKey key_of_source{Check::account_rights, Subject::of_source(source.name)};
        if (!done) {
            const Track* const told = find_track(tracks, key_of_source);
            if (told != nullptr && told->latest && told->latest->cause == Cause::rights_still_work) {
                looks.push_back(observe(key_of_source, now, Cause::ok, "a batch of the source needs them again"));
                looks.back().connected_at = now;
            }
            continue;
        }
        std::vector<std::string> open;
        bool denied = false;
        for (const TrackKey& key : looks_of(plan, *done, tracks)) {
            const Track* const track = find_track(tracks, key);
            if (track == nullptr || !track->definite || track->definite->at < done->since) {
                continue;
            }
            if (track->definite->state == State::fail) {
                denied = true;
            } else if (now - track->definite->at <= plan.schedule.canary_interval * looks_that_may_fail) {
                open.push_back(fmt::format("{} opens ({})", key.subject.name, name_of(key.check)));
            }
        }
        const bool refused = login_is_refused(source, tracks);
        if (open.empty() && !denied && !refused) {
            continue;
        }
        const bool works = !open.empty() && !refused;
        looks.push_back(observe(key_of_source,
                                now,
                                works ? Cause::rights_still_work : Cause::ok,
                                works ? base::join(open, ", ") : "no mailbox of the batches opens any more"));
        looks.back().connected_at = now;
    }
    return looks;
}

} // namespace mailpreflight::core
