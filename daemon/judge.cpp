#include "daemon/judge.hpp"

#include "core/due.hpp"
#include "core/own_mailbox.hpp"
#include "core/same_mailbox.hpp"
#include "core/watch.hpp"
#include "daemon/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
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

template <typename Map>
void note_changes(const Map& before, const Map& after, Map& changed, std::vector<typename Map::key_type>& removed) {
    for (const auto& [key, value] : after) {
        const auto old = before.find(key);
        if (old == before.end() || !(old->second == value)) {
            changed[key] = value;
        }
    }
    for (const auto& [key, value] : before) {
        if (!after.contains(key)) {
            removed.push_back(key);
        }
    }
}

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
    move_all(to.forgotten, from.forgotten);
    move_all(to.transitions, from.transitions);
    move_all(to.baseline_removed, from.baseline_removed);
    move_all(to.incidents, from.incidents);
    move_all(to.events, from.events);
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
        }
        judges_all = judges_all || !news.transitions.empty();
        if (judges_all) {
            judge_consequences(commit, news);
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
    for (core::Observation& look : core::watch(state_.plan, state_.tracks, state_.watching_since, now)) {
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
    if (observations.empty()) {
        return;
    }
    observations = core::mark_same_mailbox(std::move(observations), state_.tracks);
    observations = core::mark_own_mailbox(std::move(observations), state_.tracks, state_.names);
    std::set<core::TrackKey> touched;
    for (const core::Observation& look : observations) {
        touched.insert(look.key);
    }
    core::Judged judged =
        core::judge(std::move(state_.tracks), std::move(observations), core::confirm_rules(state_.plan, now));
    state_.tracks = std::move(judged.tracks);
    for (const core::TrackKey& key : touched) {
        commit.tracks.insert_or_assign(key, state_.tracks.at(key));
    }
    commit.transitions = judged.transitions;
    news.transitions = std::move(judged.transitions);
}

void Judge::judge_consequences(store::Store::Commit& commit, News& news) {
    core::Baseline baseline = core::adopt(state_.plan, state_.baseline, state_.tracks);
    note_changes(state_.baseline, baseline, commit.baseline, commit.baseline_removed);
    state_.baseline = std::move(baseline);

    state_.drift = core::compare(state_.plan, state_.baseline, state_.tracks, commit.at);
    core::Folded folded = core::fold(state_.drift, state_.incidents, state_.next_incident, commit.at);
    for (const core::Incident& incident : folded.incidents) {
        const auto before = std::find_if(state_.incidents.begin(),
                                         state_.incidents.end(),
                                         [&](const core::Incident& i) { return i.number == incident.number; });
        if (before == state_.incidents.end() || !(*before == incident)) {
            commit.incidents.push_back(incident);
        }
        state_.next_incident = std::max(state_.next_incident, incident.number + 1);
    }
    state_.incidents = std::move(folded.incidents);
    news.incidents = std::move(folded.changes);

    std::map<std::string, core::Readiness> readiness;
    for (const core::Batch& batch : state_.plan.batches) {
        core::Readiness judged =
            core::readiness(state_.plan, batch, state_.tracks, state_.names[batch.source], commit.at);
        const auto before = state_.readiness.find(batch.name);
        if (before == state_.readiness.end() || before->second.verdict != judged.verdict) {
            news.verdicts.push_back(batch.name);
        }
        readiness.emplace(batch.name, std::move(judged));
    }
    state_.readiness = std::move(readiness);
}

base::Status Judge::write(store::Store::Commit commit) {
    append(owed_, std::move(commit));
    if (owed_.tracks.empty() && owed_.forgotten.empty() && owed_.transitions.empty() && owed_.baseline.empty() &&
        owed_.baseline_removed.empty() && owed_.incidents.empty() && owed_.events.empty() && !owed_.clock_leapt) {
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
