#include "daemon/judge.hpp"

#include "config/local_time.hpp"
#include "core/addresses.hpp"
#include "core/due.hpp"
#include "core/leftover_rights.hpp"
#include "core/own_mailbox.hpp"
#include "core/same_mailbox.hpp"
#include "core/watch.hpp"
#include "daemon/log.hpp"
#include "daemon/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iterator>
#include <set>
#include <utility>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_items_a_turn = 1024;
// Ages change verdicts without any news: judged anew this often when nothing happens.
constexpr base::Duration judge_again_after = std::chrono::seconds(1);
// A turn costs what all mailboxes cost, so looks wait for company and ages for each other: a hundredth of the time
// goes into looks without news, another into ages, a fifth at most into news. Nobody waits for longer than this;
// commands never wait.
constexpr int rest_after_looks = 99;
constexpr int rest_after_news = 4;
constexpr std::chrono::seconds most_rest_of_looks{5};
constexpr std::chrono::seconds most_rest_of_ages{10};
constexpr base::Duration prune_again_after = std::chrono::hours(1);
// A wrong clock deletes nothing until somebody had this long to set it right.
constexpr base::Duration prune_after_leap = std::chrono::hours(24);

/// Ends a call() whose command was dropped undone, so that nobody waits for ever.
base::Status never_done() {
    return base::failure(base::ErrorCode::cancelled, "the service is stopping");
}

/// A command's change is never taken back, so whoever asked must hear what holds and what does not.
base::Status in_force_only(const base::Error& error) {
    return base::failure(error.code(),
                         "it is in force, but a restart forgets it until the disk works again: " + error.message());
}

/// Adds the real time of its life.
class Stopwatch {
public:
    explicit Stopwatch(base::Duration& total) :
        total_(total) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() {
        total_ += std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - start_);
    }

private:
    base::Duration& total_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void append(store::Store::Commit& to, store::Store::Commit&& from) {
    for (auto& [key, track] : from.tracks) {
        to.tracks.insert_or_assign(key, std::move(track));
    }
    for (auto& [key, entry] : from.baseline) {
        to.baseline.insert_or_assign(key, std::move(entry));
    }
    const auto move_all = [](auto& target, auto& source) {
        target.insert(target.end(), std::make_move_iterator(source.begin()), std::make_move_iterator(source.end()));
    };
    for (const core::TrackKey& key : from.forgotten) {
        to.tracks.erase(key);
        to.baseline.erase(key);
    }
    for (const std::string& name : from.batches_removed) {
        to.batches.erase(name);
        to.lists.erase(name);
    }
    to.batches_removed.merge(from.batches_removed);
    for (auto& [name, row] : from.batches) {
        to.batches.insert_or_assign(name, std::move(row));
    }
    for (auto& [name, list] : from.lists) {
        to.lists.insert_or_assign(name, std::move(list));
    }
    move_all(to.forgotten, from.forgotten);
    move_all(to.transitions, from.transitions);
    move_all(to.baseline_removed, from.baseline_removed);
    move_all(to.incidents, from.incidents);
    move_all(to.timeline, from.timeline);
    move_all(to.acceptances, from.acceptances);
    for (auto& [id, owed] : from.outbox) {
        to.outbox.insert_or_assign(id, std::move(owed));
    }
    if (from.told) {
        to.told = std::move(from.told);
    }
    to.clock_leapt = from.clock_leapt ? from.clock_leapt : to.clock_leapt;
    to.at = from.at;
}

} // namespace

Judge::Judge(const base::Clock& clock,
             store::Store& store,
             State initial,
             std::function<void(const State&, const News&)> tell) :
    clock_(clock),
    store_(store),
    tell_(std::move(tell)),
    state_(std::move(initial)) {}

bool Judge::submit(std::vector<core::Observation> observations) {
    return observations.empty() || queue_.push(Work(std::move(observations)));
}

base::Status Judge::call(Change change) {
    auto promise = std::make_shared<std::promise<base::Status>>();
    auto future = promise->get_future();
    const bool taken = queue_.push(
        Work(Command{std::move(change), [promise](base::Status status) { promise->set_value(std::move(status)); }}));
    return taken ? future.get() : never_done();
}

void Judge::close() {
    queue_.close();
}

bool Judge::drained() const {
    return queue_.closed() && queue_.size() == 0 && waiting_looks_.empty();
}

void Judge::step(std::chrono::milliseconds timeout) {
    std::vector<Command> commands;
    for (Work& item : queue_.pop_some(most_items_a_turn, timeout)) {
        if (auto* const looks = std::get_if<std::vector<core::Observation>>(&item)) {
            waiting_looks_.insert(
                waiting_looks_.end(), std::make_move_iterator(looks->begin()), std::make_move_iterator(looks->end()));
        } else {
            commands.push_back(std::move(std::get<Command>(item)));
        }
    }
    const auto start = std::chrono::steady_clock::now();
    const bool at_once = !commands.empty() || queue_.closed() || !judged_at_;
    const bool ages_are_due =
        at_once || (clock_.steady_now() - *judged_at_ >= judge_again_after && start >= ages_rest_);
    const bool looks_are_due = at_once || (start >= looks_rest_ && !waiting_looks_.empty());
    if (!ages_are_due && !looks_are_due) {
        return;
    }
    const bool judged_all = take_turn(commands, ages_are_due);
    const auto end = std::chrono::steady_clock::now();
    const auto rest = [&](int times, std::chrono::steady_clock::duration most) {
        return end + std::min(times * (end - start), most);
    };
    looks_rest_ = rest(judged_all ? rest_after_news : rest_after_looks, most_rest_of_looks);
    if (judged_all) {
        ages_rest_ = rest(rest_after_looks, most_rest_of_ages);
    }
}

bool Judge::take_turn(const std::vector<Command>& commands, bool ages_are_due) {
    News news;
    base::Status written;
    bool judges_all = ages_are_due;
    {
        const std::unique_lock lock(mutex_);
        const Stopwatch judging(load_.turn_time);
        ++load_.turns;
        store::Store::Commit commit;
        commit.at = clock_.now();
        note_leap(commit);
        if (ages_are_due) {
            look_at_ourselves(commit.at);
        }
        judge_observations(std::exchange(waiting_looks_, {}), commit, news);
        for (const Command& command : commands) {
            command.change(state_, commit);
            all_changed_ = true; // plan, baseline or tracks
        }
        judges_all = judges_all || !news.transitions.empty();
        if (judges_all) {
            judge_consequences(commit, news);
            for (core::TimelineEntry& entry : timeline_of(state_, news, commit.at)) {
                commit.timeline.push_back(std::move(entry));
            }
            judged_at_ = clock_.steady_now();
        }
        written = write(std::move(commit));
    }
    prune();
    const base::Status done = written ? written : in_force_only(written.error());
    for (const Command& command : commands) {
        command.done(done);
    }
    const std::shared_lock lock(mutex_);
    tell_(state_, news);
    return judges_all;
}

void Judge::note_leap(store::Store::Commit& commit) {
    const base::SystemTime now = commit.at;
    const auto leapt = clock_watch_.leap(clock_);
    // After a long stop nobody can tell time that passed from a clock that is wrong.
    const auto stopped = std::exchange(state_.last_commit, std::nullopt);
    const bool unsure = stopped && std::chrono::abs(now - *stopped) > prune_after_leap;
    if (leapt || unsure) {
        state_.clock_leapt = now;
        commit.clock_leapt = now;
    }
    if (!leapt) {
        return;
    }
    log(Message::clock_leapt,
        fmt::format("the clock leapt {} by {}",
                    *leapt < base::Duration(0) ? "back" : "ahead",
                    base::to_text(std::chrono::abs(*leapt))));
    state_.tracks = core::after_clock_leap(std::move(state_.tracks));
    all_changed_ = true;
    for (auto& [source, since] : state_.watching_since) {
        since = now; // nobody could look in the time that was leapt over
    }
}

void Judge::look_at_ourselves(base::SystemTime now) {
    // Looks that a clock set back has left in the future would silence every later one.
    state_.tracks = core::after_clock_set_back(std::move(state_.tracks), now);
    for (const core::SourcePlan& source : state_.plan.sources) {
        const auto quiet = state_.is_quiet.find(source.name);
        if (!state_.watching_since.contains(source.name) || (quiet != state_.is_quiet.end() && quiet->second(now))) {
            state_.watching_since[source.name] = now; // who looks away on purpose is not blind
        }
    }
    std::vector<core::Observation> looks = core::watch(state_.plan, state_.tracks, state_.watching_since, now);
    std::vector<core::Observation> rights = core::leftover_rights(state_.plan, state_.tracks, now);
    std::move(rights.begin(), rights.end(), std::back_inserter(looks));
    for (core::Observation& look : looks) {
        const auto track = state_.tracks.find(look.key);
        const bool is_news =
            track == state_.tracks.end() || !track->second.latest || track->second.latest->cause != look.cause;
        if (is_news) {
            waiting_looks_.push_back(std::move(look));
        }
    }
}

void Judge::judge_observations(std::vector<core::Observation> observations, store::Store::Commit& commit, News& news) {
    const base::SystemTime now = commit.at;
    // A mailbox that was forgotten while it was being looked at stays forgotten.
    std::erase_if(observations, [&](const core::Observation& look) {
        return judged_at_ && core::is_about_mailbox(look.key.check) && !planned_.contains(look.key);
    });
    if (observations.empty()) {
        return;
    }
    observations = core::remember_addresses(std::move(observations), state_.tracks);
    observations = core::mark_same_mailbox(std::move(observations), state_.tracks);
    observations = core::mark_own_mailbox(std::move(observations), state_.tracks, state_.names);
    std::set<core::TrackKey> touched;
    for (const core::Observation& look : observations) {
        touched.insert(look.key);
    }
    changed_.insert(touched.begin(), touched.end());
    core::Judged judged =
        core::judge(std::move(state_.tracks), std::move(observations), core::confirm_rules(state_.plan, now));
    state_.tracks = std::move(judged.tracks);
    for (const core::TrackKey& key : touched) {
        commit.tracks.insert_or_assign(key, state_.tracks.at(key));
    }
    for (const core::TrackKey& key : core::forgotten_addresses(state_.tracks)) {
        state_.tracks.erase(key);
        state_.baseline.erase(key);
        commit.tracks.erase(key);
        commit.forgotten.push_back(key);
    }
    commit.transitions = judged.transitions;
    news.transitions = std::move(judged.transitions);
}

/// Which batches move decides what is progress; looks of an address come and go with its name.
bool Judge::all_may_have_changed(base::SystemTime now) {
    std::map<std::string, core::BatchState> batches;
    for (const core::Batch& batch : state_.plan.batches) {
        batches[batch.name] = core::state_of(state_.plan.schedule, batch, now);
    }
    const bool same_batches = batches == std::exchange(batches_, batches);
    const bool an_address = std::any_of(changed_.begin(), changed_.end(), [](const core::TrackKey& key) {
        return key.check == core::Check::source_address;
    });
    return std::exchange(all_changed_, false) || !same_batches || an_address;
}

void Judge::follow_changes(store::Store::Commit& commit) {
    if (all_may_have_changed(commit.at)) {
        planned_ = core::planned_keys(state_.plan, state_.tracks);
        of_sources_.clear();
        std::copy_if(planned_.begin(),
                     planned_.end(),
                     std::inserter(of_sources_, of_sources_.end()),
                     [](const core::TrackKey& key) { return !core::is_about_mailbox(key.check); });
        changed_ = planned_;
        state_.drift.clear();
    }
    changed_.insert(of_sources_.begin(), of_sources_.end());
    std::erase_if(changed_, [&](const core::TrackKey& key) { return !planned_.contains(key); });
    core::Followed followed = core::follow(state_.plan,
                                           std::exchange(changed_, {}),
                                           std::move(state_.baseline),
                                           std::move(state_.drift),
                                           state_.tracks,
                                           commit.at);
    state_.baseline = std::move(followed.baseline);
    state_.drift = std::move(followed.drift);
    for (auto& [key, entry] : followed.adopted) {
        commit.baseline.insert_or_assign(key, std::move(entry));
    }
}

void Judge::judge_consequences(store::Store::Commit& commit, News& news) {
    note_paces(commit.at);
    follow_changes(commit);
    std::map<std::string, std::set<core::Subject>> urgent; // of the sources that it is asked for
    const auto is_urgent = [&](const core::Subject& subject) {
        if (subject.kind != core::SubjectKind::mailbox) {
            return true; // a source is everybody's
        }
        const auto [entry, is_new] = urgent.try_emplace(subject.source);
        if (is_new) {
            entry->second = core::urgent_mailboxes(state_.plan, subject.source, commit.at);
        }
        return entry->second.contains(subject);
    };
    core::Folded folded = core::fold(state_.drift, state_.incidents, state_.next_incident, commit.at, is_urgent);
    for (const core::Incident& incident : folded.incidents) {
        const core::Incident* const before = core::find_incident(state_.incidents, incident.number);
        if (before == nullptr || !(*before == incident)) {
            commit.incidents.push_back(incident);
        }
        state_.next_incident = std::max(state_.next_incident, incident.number + 1);
    }
    state_.incidents = std::move(folded.incidents);
    news.incidents = std::move(folded.changes);

    std::map<std::string, core::Readiness> readiness;
    for (core::Batch& batch : state_.plan.batches) {
        core::Readiness judged =
            core::readiness(state_.plan, batch, state_.tracks, state_.names[batch.source], commit.at);
        const bool is_done = core::state_of(state_.plan.schedule, batch, commit.at) == core::BatchState::done;
        if (!is_done && std::exchange(batch.record.verdict, judged.verdict) != judged.verdict) {
            news.verdicts.push_back(batch.name);
        }
        readiness.emplace(batch.name, std::move(judged));
    }
    state_.readiness = std::move(readiness);
    note_states(commit.at, news);
    keep_batches(commit);
    plan_notices(commit, news);
}

void Judge::plan_notices(store::Store::Commit& commit, News& news) {
    const core::NoticeMatter matter{
        .plan = state_.plan,
        .tracks = state_.tracks,
        .incidents = state_.incidents,
        .readiness = state_.readiness,
        .names = state_.names,
        .in_maintenance =
            [&](const std::string& source, base::SystemTime now) {
                const auto found = state_.in_maintenance.find(source);
                return found != state_.in_maintenance.end() && found->second(now);
            },
        .local_time = config::local_text,
    };
    core::PlannedNotices planned = core::plan_notices(matter, state_.told, state_.notice_policies, commit.at);
    if (planned.memory != state_.told) {
        state_.told = planned.memory;
        commit.told = std::move(planned.memory);
    }
    for (core::Notice& notice : planned.notices) {
        core::OwedNotice owed{.notice = std::move(notice)};
        commit.outbox.insert_or_assign(owed.notice.id, owed);
        state_.outbox.insert_or_assign(owed.notice.id, owed);
        news.notices.push_back(std::move(owed));
    }
}

base::Status Judge::write(store::Store::Commit commit) {
    append(owed_, std::move(commit));
    if (owed_.tracks.empty() && owed_.forgotten.empty() && owed_.transitions.empty() && owed_.baseline.empty() &&
        owed_.baseline_removed.empty() && owed_.incidents.empty() && owed_.timeline.empty() &&
        owed_.acceptances.empty() && owed_.outbox.empty() && !owed_.told && owed_.batches.empty() &&
        owed_.lists.empty() && owed_.batches_removed.empty() && !owed_.clock_leapt) {
        return {};
    }
    const Stopwatch writing(load_.commit_time);
    ++load_.commits;
    base::Status written = store_.commit(owed_);
    if (!written) {
        // Nothing is dropped: it is owed to the next turn.
        if (state_.degraded.empty()) {
            log(Message::store_failed, "nothing can be stored: " + written.error().message());
        }
        state_.degraded = "nothing can be stored: " + written.error().message();
        return written;
    }
    owed_ = {};
    if (!state_.degraded.empty()) {
        log(Message::store_recovered, "what was owed is stored now");
        state_.degraded.clear();
    }
    return written;
}

void Judge::prune() {
    const base::SteadyTime steady = clock_.steady_now();
    if (pruned_at_ && steady - *pruned_at_ < prune_again_after) {
        return;
    }
    pruned_at_ = steady;
    const base::SystemTime now = clock_.now();
    if (state_.clock_leapt && std::chrono::abs(now - *state_.clock_leapt) < prune_after_leap) {
        return;
    }
    if (const base::Status pruned = store_.prune(now - state_.retention); !pruned) {
        log(Message::store_failed, "what is older than store.retention cannot be deleted: " + pruned.error().message());
    }
}

} // namespace mailpreflight::daemon
