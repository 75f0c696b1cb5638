#include "core/drift.hpp"

#include "base/text.hpp"
#include "core/addresses.hpp"
#include "core/batch_state.hpp"
#include "core/certificate_change.hpp"
#include "core/due.hpp"
#include "core/ending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

/// The judged facts; of a certificate also those that tell a renewal from a replacement.
std::map<std::string, std::string> kept_facts(const Observation& observation) {
    std::vector<std::string> names = judged_facts(observation.key.check);
    if (observation.key.check == Check::tls_certificate) {
        names.insert(names.end(), {"authority", "issuer", "names", "not_after", "subject"});
    }
    std::map<std::string, std::string> facts;
    for (const std::string& name : names) {
        const auto fact = observation.facts.find(name);
        if (fact != observation.facts.end()) {
            facts.insert(*fact);
        }
    }
    return facts;
}

bool facts_differ(const BaselineEntry& before, const Observation& after) {
    const std::vector<std::string> names = judged_facts(after.key.check);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const auto then = before.facts.find(name);
        const auto now = after.facts.find(name);
        return then != before.facts.end() && now != after.facts.end() && then->second != now->second;
    });
}

bool is_renewed(const BaselineEntry& before, const Observation& after, base::SystemTime first_seen) {
    return after.key.check == Check::tls_certificate && is_renewal(before.facts, after.facts, first_seen);
}

/// What a changed fact of a passing check is called.
Cause cause_of_changed_fact(Check check) {
    switch (check) {
    case Check::tls_certificate:
        return Cause::certificate_changed;
    case Check::tls_floor:
        return Cause::tls_floor_changed;
    case Check::server_version:
        return Cause::server_build_changed;
    case Check::mailbox_impersonation:
    case Check::mailbox_full_access:
    case Check::mailbox_owa:
    case Check::mailbox_own_login:
        return Cause::mailbox_recreated;
    case Check::ews_login:
        return Cause::auth_offers_changed;
    case Check::source_dns:
        return Cause::addresses_changed;
    case Check::source_tcp:
    case Check::owa_login:
    case Check::auth_extended_protection:
    case Check::account_password:
    case Check::source_address:
    case Check::source_clock:
    case Check::ews_user_agent:
    case Check::ews_retirement:
    case Check::account_spray_brake:
    case Check::account_rights:
    case Check::source_watch:
        break;
    }
    throw std::logic_error("this check has no judged facts");
}

/// The difference between an entry and what is believed, if it is news.
std::optional<std::pair<Direction, Cause>>
difference(const BaselineEntry& before, const Observation& after, base::SystemTime first_seen) {
    const bool was_good = is_good(before.state);
    const bool is_good_now = is_good(after.state);
    if (was_good && !is_good_now) {
        return std::pair(Direction::lost, after.cause);
    }
    if (!was_good && is_good_now) {
        return std::pair(Direction::gained, before.cause);
    }
    if (!was_good) {
        return before.cause == after.cause ? std::nullopt : std::optional(std::pair(Direction::changed, after.cause));
    }
    if (facts_differ(before, after) && !is_renewed(before, after, first_seen)) {
        return std::pair(Direction::changed, cause_of_changed_fact(after.key.check));
    }
    if (after.state == State::warn && before.cause != after.cause) {
        return std::pair(Direction::changed, after.cause);
    }
    return std::nullopt;
}

std::set<Subject> begun_mailboxes(const Plan& plan, base::SystemTime now) {
    std::set<Subject> mailboxes;
    for (const Batch& batch : plan.batches) {
        if (!is_waiting(state_of(plan.schedule, batch, now))) {
            for (const ListedMailbox& mailbox : batch.list.mailboxes) {
                mailboxes.insert(Subject::of_mailbox(batch.source, mailbox.address));
            }
        }
    }
    return mailboxes;
}

/// Its addresses speak for themselves.
bool sums_up(const TrackKey& key) {
    return key.check == Check::source_address && key.subject.kind == SubjectKind::source;
}

/// What ends before a window is over is news as long as it does, whatever the baseline says: it is required not to.
void add_endings(
    const Plan& plan, const Baseline& baseline, const Tracks& tracks, base::SystemTime now, std::vector<Drift>& drift) {
    std::set<std::pair<TrackKey, Cause>> told;
    for (const Batch& batch : plan.batches) {
        for (const Ending& ending : endings_before_window(batch, tracks, now)) {
            const TrackKey key{ending.check, Subject::of_source(batch.source)};
            const Track& track = tracks.at(key);
            if (!track.confirmed || !told.insert({key, ending.cause}).second) {
                continue;
            }
            std::erase_if(drift, [&](const Drift& one) { return one.key == key && one.cause == ending.soon; });
            const auto entry = baseline.find(key);
            Observation after = *track.confirmed;
            after.detail = words_for(ending, batch, now);
            drift.push_back({key,
                             Direction::lost,
                             ending.cause,
                             entry == baseline.end() ? BaselineEntry{} : entry->second,
                             std::move(after),
                             track.confirmed_since.value_or(track.confirmed->at),
                             track.last_good});
        }
    }
}

void add_source_checks(const SourcePlan& source, std::set<TrackKey>& keys) {
    const Subject subject = Subject::of_source(source.name);
    for (const Check check : {Check::source_dns,
                              Check::source_tcp,
                              Check::tls_certificate,
                              Check::tls_floor,
                              Check::source_address,
                              Check::source_clock,
                              Check::account_rights,
                              Check::source_watch}) {
        keys.insert({check, subject});
    }
    if (source.has_ews || source.has_owa) {
        keys.insert({Check::account_password, subject}); // told beside a login
    }
    if (source.has_ews) {
        keys.insert({Check::ews_login, subject});
        keys.insert({Check::auth_extended_protection, subject});
        keys.insert({Check::server_version, subject});
        if (source.has_user_agent) {
            keys.insert({Check::ews_user_agent, subject});
        }
    }
    if (source.has_ews && source.is_exchange_online) {
        keys.insert({Check::ews_retirement, subject});
    }
    if (source.has_owa) {
        keys.insert({Check::owa_login, subject});
    }
    if (source.has_own_logins) {
        keys.insert({Check::account_spray_brake, subject});
    }
    for (const std::string& address : source.must_not_open) {
        keys.insert({negative_check(source), Subject::of_mailbox(source.name, address)});
    }
}

/// Of these keys: the baseline against what is believed.
std::vector<Drift>
drift_of(const Plan& plan, const std::set<TrackKey>& keys, const Baseline& baseline, const Tracks& tracks) {
    std::vector<Drift> drift;
    for (const TrackKey& key : keys) {
        const Track* const track = find_track(tracks, key);
        if (track == nullptr || !track->confirmed || sums_up(key)) {
            continue;
        }
        const Observation& after = *track->confirmed;
        const base::SystemTime first_seen = track->confirmed_since.value_or(after.at);
        const auto add = [&](Direction direction, Cause cause, const BaselineEntry& before) {
            drift.push_back({key, direction, cause, before, after, first_seen, track->last_good});
        };
        if (must_not_open(plan, key.subject)) {
            if (is_good(after.state)) {
                BaselineEntry closed;
                closed.state = State::fail;
                closed.cause = Cause::impersonation_denied;
                add(Direction::gained, Cause::right_gained, closed);
            }
            continue;
        }
        const auto entry = baseline.find(key);
        if (entry == baseline.end() && is_about_mailbox(key.check)) {
            continue;
        }
        static const BaselineEntry required;
        const BaselineEntry& before = entry == baseline.end() ? required : entry->second;
        if (const auto news = difference(before, after, first_seen)) {
            add(news->first, news->second, before);
        }
    }
    return drift;
}

std::vector<Drift> without_progress(std::vector<Drift> drift, const Plan& plan, base::SystemTime now) {
    const bool of_mailboxes =
        std::any_of(drift.begin(), drift.end(), [](const Drift& one) { return is_about_mailbox(one.key.check); });
    if (of_mailboxes) {
        const std::set<Subject> begun = begun_mailboxes(plan, now);
        const std::set<Subject> left = left_behind(plan, now);
        std::erase_if(drift, [&](const Drift& one) {
            const bool progress = one.direction != Direction::gained && is_progress(one.cause);
            return is_about_mailbox(one.key.check) && !must_not_open(plan, one.key.subject) &&
                   (left.contains(one.key.subject) || (progress && begun.contains(one.key.subject)));
        });
    }
    return drift;
}

/// What time makes of drift: what ends too soon comes, what is progress goes. In the order of the keys.
std::vector<Drift> as_of(
    std::vector<Drift> drift, const Plan& plan, const Baseline& baseline, const Tracks& tracks, base::SystemTime now) {
    add_endings(plan, baseline, tracks, now, drift);
    drift = without_progress(std::move(drift), plan, now);
    std::stable_sort(drift.begin(), drift.end(), [](const Drift& a, const Drift& b) { return a.key < b.key; });
    return drift;
}

/// What the entry of a key becomes by what is believed of it; nothing where it stays what it is.
std::optional<BaselineEntry> adopted_entry(const TrackKey& key, const BaselineEntry* entry, const Track& track) {
    const Observation& believed = *track.confirmed;
    const base::SystemTime since = track.confirmed_since.value_or(believed.at);
    if (key.check == Check::account_rights) {
        return std::nullopt; // that rights still work is no way for it to be, however long it has been so
    }
    if (entry == nullptr) {
        return is_about_mailbox(key.check) || is_good(believed.state) ? std::optional(entry_of(believed, since))
                                                                      : std::nullopt;
    }
    BaselineEntry next = *entry;
    if (entry->provisional && !is_good(entry->state) && (is_good(believed.state) || believed.cause != entry->cause)) {
        next = entry_of(believed, since);
    } else if (is_good(believed.state) && is_renewed(*entry, believed, since)) {
        // Who accepted the certificate accepted its authority and names, and those have not changed.
        next.facts = kept_facts(believed);
        if (believed.state == State::pass) {
            next.state = State::pass;
            next.cause = Cause::ok;
        }
    } else {
        next.facts.merge(kept_facts(believed)); // what it did not know yet
    }
    return next == *entry ? std::nullopt : std::optional(std::move(next));
}

/// Of these keys: the entries that adopt() adds or changes.
Baseline adoptable(const Plan& plan, const std::set<TrackKey>& keys, const Baseline& baseline, const Tracks& tracks) {
    Baseline entries;
    for (const TrackKey& key : keys) {
        const Track* const track = find_track(tracks, key);
        if (track == nullptr || !track->confirmed || must_not_open(plan, key.subject)) {
            continue;
        }
        const auto entry = baseline.find(key);
        if (auto next = adopted_entry(key, entry == baseline.end() ? nullptr : &entry->second, *track)) {
            entries.emplace(key, *std::move(next));
        }
    }
    return entries;
}

} // namespace

BaselineEntry entry_of(const Observation& believed, base::SystemTime at) {
    BaselineEntry entry;
    entry.state = believed.state;
    entry.cause = believed.cause;
    entry.facts = kept_facts(believed);
    entry.at = at;
    return entry;
}

std::string_view name_of(Direction direction) {
    switch (direction) {
    case Direction::lost:
        return "lost";
    case Direction::gained:
        return "gained";
    case Direction::changed:
        return "changed";
    }
    throw std::logic_error("no such direction");
}

std::optional<Direction> direction_named(std::string_view name) {
    for (const Direction direction : {Direction::lost, Direction::gained, Direction::changed}) {
        if (name_of(direction) == name) {
            return direction;
        }
    }
    return std::nullopt;
}

bool is_progress(Cause cause) {
    return cause == Cause::mailbox_moved || cause == Cause::mailbox_missing || cause == Cause::mailbox_not_found_here ||
           cause == Cause::mailbox_disabled;
}

std::string what_changed(const std::map<std::string, std::string>& before, const Observation& after) {
    constexpr std::size_t shown = 200;
    std::vector<std::string> texts;
    for (const auto& [name, value] : before) {
        const auto now = after.facts.find(name);
        if (now != after.facts.end() && now->second != value) {
            texts.push_back(
                fmt::format("{} was {}, is {}", name, base::shorten(value, shown), base::shorten(now->second, shown)));
        }
    }
    return base::join(texts, "; ");
}

std::set<TrackKey> planned_keys(const Plan& plan) {
    std::set<TrackKey> keys;
    for (const SourcePlan& source : plan.sources) {
        add_source_checks(source, keys);
    }
    for (const Batch& batch : plan.batches) {
        for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
            for (const Way way : required_ways(batch, i, plan.schedule)) {
                keys.insert({check_of(way), Subject::of_mailbox(batch.source, batch.list.mailboxes[i].address)});
            }
        }
    }
    return keys;
}

std::set<TrackKey> planned_keys(const Plan& plan, const Tracks& tracks) {
    std::set<TrackKey> keys = planned_keys(plan);
    for (TrackKey& key : present_addresses(tracks)) {
        if (keys.contains({key.check, Subject::of_source(key.subject.source)})) {
            keys.insert(std::move(key));
        }
    }
    return keys;
}

bool must_not_open(const Plan& plan, const Subject& subject) {
    if (subject.kind != SubjectKind::mailbox) {
        return false;
    }
    const auto source = std::find_if(
        plan.sources.begin(), plan.sources.end(), [&](const SourcePlan& s) { return s.name == subject.source; });
    return source != plan.sources.end() &&
           std::find(source->must_not_open.begin(), source->must_not_open.end(), subject.name) !=
               source->must_not_open.end();
}

std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks) {
    return drift_of(plan, planned_keys(plan, tracks), baseline, tracks);
}

std::vector<Drift> compare(const Plan& plan, const Baseline& baseline, const Tracks& tracks, base::SystemTime now) {
    return as_of(compare(plan, baseline, tracks), plan, baseline, tracks, now);
}

Baseline adopt(const Plan& plan, Baseline baseline, const Tracks& tracks) {
    for (auto& [key, entry] : adoptable(plan, planned_keys(plan, tracks), baseline, tracks)) {
        baseline.insert_or_assign(key, std::move(entry));
    }
    return baseline;
}

Followed follow(const Plan& plan,
                const std::set<TrackKey>& keys,
                Baseline baseline,
                std::vector<Drift> drift,
                const Tracks& tracks,
                base::SystemTime now) {
    Followed followed;
    followed.adopted = adoptable(plan, keys, baseline, tracks);
    for (const auto& [key, entry] : followed.adopted) {
        baseline.insert_or_assign(key, entry);
    }
    std::erase_if(drift, [&](const Drift& one) { return keys.contains(one.key); });
    for (Drift& one : drift_of(plan, keys, baseline, tracks)) {
        drift.push_back(std::move(one));
    }
    followed.drift = as_of(std::move(drift), plan, baseline, tracks, now);
    followed.baseline = std::move(baseline);
    return followed;
}

std::set<Subject> critical_subjects(const Plan& plan, base::SystemTime now) {
    std::set<Subject> critical;
    for (const Batch& batch : plan.batches) {
        const BatchState state = state_of(plan.schedule, batch, now);
        if (state != BatchState::frozen && state != BatchState::moving) {
            continue;
        }
        critical.insert(Subject::of_source(batch.source));
        for (const ListedMailbox& mailbox : batch.list.mailboxes) {
            critical.insert(Subject::of_mailbox(batch.source, mailbox.address));
        }
    }
    return critical;
}

bool is_critical(const Subject& subject, const Plan& plan, const std::set<Subject>& critical) {
    const bool is_listed = subject.kind == SubjectKind::mailbox && !must_not_open(plan, subject);
    return critical.contains(is_listed ? subject : Subject::of_source(subject.source));
}

} // namespace mailpreflight::core
