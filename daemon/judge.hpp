#pragma once

#include "base/bounded_queue.hpp"
#include "base/clock.hpp"
#include "base/clock_watch.hpp"
#include "core/batch_list.hpp"
#include "core/drift.hpp"
#include "core/incident.hpp"
#include "core/outbox.hpp"
#include "core/plan_notices.hpp"
#include "core/readiness.hpp"
#include "core/watch.hpp"
#include "store/store.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <variant>
#include <vector>

namespace mailpreflight::daemon {

/// Everything that judgement knows. Written by the judge alone; read under its lock.
struct State {
    core::Plan plan;
    std::map<std::string, core::SourceNames> names;
    core::Tracks tracks;
    core::Baseline baseline;
    std::vector<core::Incident> incidents;
    std::uint64_t next_incident = 1;
    std::vector<core::Drift> drift;
    std::map<std::string, core::Readiness> readiness;
    core::WatchingSince watching_since;
    std::vector<core::NoticePolicy> notice_policies; ///< the journal's first
    core::NoticeMemory told;
    std::map<std::string, core::OwedNotice> outbox;                              ///< what is owed, by id
    std::map<std::string, std::function<bool(base::SystemTime)>> in_maintenance; ///< sources that have any
    core::KeptBatches kept;                        ///< batches that the configuration does not name now
    std::map<std::string, store::BatchRow> stored; ///< batches as the store has them
    std::map<std::string, std::function<bool(base::SystemTime)>> is_quiet; ///< sources with quiet times alone
    base::Duration retention = std::chrono::hours(24 * 90);                ///< of transitions and events
    std::optional<base::SystemTime> last_commit;                           ///< of the service's run before this one
    std::optional<base::SystemTime> clock_leapt; ///< when the wall clock was last seen to leap, by that clock
    std::string degraded;                        ///< why nothing can be stored at the moment; empty: all is well
};

/// What a turn of the judge has to tell: as many lines as something changed, never one a mailbox.
struct News {
    std::vector<core::Transition> transitions;
    std::vector<core::IncidentChange> incidents;
    std::vector<std::string> verdicts; ///< batches whose verdict changed
    struct Batch {
        std::string name;
        core::BatchState state = core::BatchState::planned;
        std::string report; ///< the last one; empty: its state changed
    };
    std::vector<Batch> batches;
    std::vector<core::OwedNotice> notices;
};

/// What judging has cost since the start.
struct JudgeLoad {
    std::uint64_t turns = 0;
    base::Duration turn_time{0}; ///< all of it, the commits' included
    std::uint64_t commits = 0;
    base::Duration commit_time{0};
};

/// The one writer: takes observations, judges them with core/, and commits observations, confirmations, drift and
/// incidents in one transaction. submit() and call() are for any thread; step() is one turn, and the thread is only a
/// loop around it.
class Judge {
public:
    /// `tell` is called on the judge's thread after the commit.
    Judge(const base::Clock& clock,
          store::Store& store,
          State initial,
          std::function<void(const State&, const News&)> tell);

    /// Waits while the queue is full. False after close().
    bool submit(std::vector<core::Observation> observations);

    /// Runs `change` on the judge's thread between two turns and commits what it did; returns when that is durable.
    /// `change` gets the state and the commit that it may add to.
    using Change = std::function<void(State&, store::Store::Commit&)>;
    base::Status call(Change change);

    /// One turn: waits up to `timeout` for work, judges it, commits, tells. Commands at once; looks wait for company.
    void step(std::chrono::milliseconds timeout);

    /// No more work is taken; what waits is still judged by further steps.
    void close();
    [[nodiscard]] bool drained() const;

    [[nodiscard]] JudgeLoad load() const {
        const std::shared_lock lock(mutex_);
        return load_;
    }

    /// Reads the state under its lock.
    template <typename Function>
    auto with_state(Function&& function) const {
        const std::shared_lock lock(mutex_);
        return std::forward<Function>(function)(state_);
    }

private:
    struct Command {
        Change change;
        std::function<void(base::Status)> done;
    };
    using Work = std::variant<std::vector<core::Observation>, Command>;

    /// Judges what waits; everything that follows from it too, if there is news or `ages_are_due`. Says whether it did.
    bool take_turn(const std::vector<Command>& commands, bool ages_are_due);
    void note_leap(store::Store::Commit& commit);
    void look_at_ourselves(base::SystemTime now);
    void judge_observations(std::vector<core::Observation> observations, store::Store::Commit& commit, News& news);
    void judge_consequences(store::Store::Commit& commit, News& news);
    void follow_changes(store::Store::Commit& commit);
    void plan_notices(store::Store::Commit& commit, News& news);
    void note_paces(base::SystemTime now);
    void note_states(base::SystemTime now, News& news);
    /// What changed of the batches' records goes into the commit.
    void keep_batches(store::Store::Commit& commit);
    bool all_may_have_changed(base::SystemTime now);
    base::Status write(store::Store::Commit commit);
    void prune();

    const base::Clock& clock_;
    store::Store& store_;
    const std::function<void(const State&, const News&)> tell_;
    base::BoundedQueue<Work> queue_{1024};
    mutable std::shared_mutex mutex_;
    State state_;
    JudgeLoad load_;
    store::Store::Commit owed_; ///< what could not be written yet
    base::ClockWatch clock_watch_;
    std::vector<core::Observation> waiting_looks_;
    std::set<core::TrackKey> planned_;    ///< by the plan, and the addresses that are part of the picture
    std::set<core::TrackKey> of_sources_; ///< those of them that time alone changes
    std::set<core::TrackKey> changed_;    ///< looked at since drift was last judged
    bool all_changed_ = true;
    std::map<std::string, core::BatchState> batches_; ///< as drift was last judged
    std::map<std::string, core::BatchState> told_states_;
    std::optional<base::SteadyTime> judged_at_; ///< all that follows, by the injected clock
    // What a turn costs is real time, whatever clock judgement is given.
    std::chrono::steady_clock::time_point looks_rest_{};
    std::chrono::steady_clock::time_point ages_rest_{};
    std::optional<base::SteadyTime> pruned_at_;
};

} // namespace mailpreflight::daemon
