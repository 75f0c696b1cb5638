#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "core/due.hpp"
#include "daemon/judge.hpp"
#include "runner/runner.hpp"

namespace mailpreflight::daemon {

/// Hands what is due to the runner. step() is one turn and public; the thread is only a loop around it.
class Scheduler {
public:
    Scheduler(const base::Clock& clock, const Judge& judge, runner::Runner& runner);

    void step();

    /// The request was not run: it is due again as soon as its gate opens.
    void forget(const core::CheckRequest& request);
    /// After a reload everything planned may be asked for anew.
    void forget_all();

private:
    const base::Clock& clock_;
    const Judge& judge_;
    runner::Runner& runner_;
    base::Guarded<core::LastAsked> asked_;
};

} // namespace mailpreflight::daemon
