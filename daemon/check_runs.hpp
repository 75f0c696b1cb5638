#pragma once

#include "api/check.hpp"
#include "base/guarded.hpp"
#include "checks/access.hpp"
#include "core/due.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mailpreflight::daemon {

/// The on-demand checks that are under way: counts what comes back of each and tells its stream. Safe from any thread.
class CheckRuns {
public:
    /// `submit` hands a request to the runner; `settled` is called when a run has ended, after all of its observations
    /// were handed over, and returns when they are judged.
    CheckRuns(std::function<bool(core::CheckRequest)> submit, std::function<void(const api::CheckFinished&)> settled);

    /// Starts a run over the requests; each gets the run's id and the priority on_demand.
    api::CheckAccepted start(std::vector<core::CheckRequest> requests, std::shared_ptr<api::CheckStream> stream);

    /// What came of a request of a run; others are ignored.
    void looked(const core::CheckRequest& request, const checks::Looked& looked);
    void withheld(const core::CheckRequest& request, const core::Failure& why);

    /// Marks the run as cancelled and returns how many of its requests are still out; false: no such run.
    bool cancel(const std::string& id, std::uint64_t& outstanding);

    /// Ends all streams.
    void close();

private:
    struct Run {
        std::uint64_t total = 0;
        std::uint64_t done = 0;
        api::CheckFinished counts;
        std::shared_ptr<api::CheckStream> stream;
    };
    struct Inside {
        std::uint64_t newest = 0;
        std::map<std::string, Run> runs;
    };

    void advance(const std::string& id, const std::function<void(Run&)>& note);

    const std::function<bool(core::CheckRequest)> submit_;
    const std::function<void(const api::CheckFinished&)> settled_;
    base::Guarded<Inside> inside_;
};

} // namespace mailpreflight::daemon
