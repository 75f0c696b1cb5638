#include "daemon/scheduler.hpp"

namespace mailpreflight::daemon {

Scheduler::Scheduler(const base::Clock& clock, const Judge& judge, runner::Runner& runner) :
    clock_(clock),
    judge_(judge),
    runner_(runner) {}

void Scheduler::step() {
    const base::SystemTime now = clock_.now();
    const core::LastAsked asked = asked_.with([](const core::LastAsked& all) { return all; });
    const std::vector<core::CheckRequest> requests = judge_.with_state([&](const State& state) {
        for (const core::SourcePlan& source : state.plan.sources) {
            runner_.limit_lanes(source.name, core::lanes_allowed(state.plan, source.name, now));
        }
        return core::due(state.plan, state.tracks, asked, now);
    });
    for (const core::CheckRequest& request : requests) {
        asked_.with([&](core::LastAsked& all) { all[request.key] = now; });
        runner_.submit(request);
    }
}

void Scheduler::forget(const core::CheckRequest& request) {
    asked_.with([&](core::LastAsked& all) { all.erase(request.key); });
}

void Scheduler::forget_all() {
    asked_.with([](core::LastAsked& all) { all.clear(); });
}

} // namespace mailpreflight::daemon
