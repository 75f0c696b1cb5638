#include "daemon/check_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace mailpreflight::daemon {

namespace {

void count(api::CheckFinished& counts, core::State state) {
    switch (state) {
    case core::State::pass:
        ++counts.passed;
        break;
    case core::State::warn:
        ++counts.warned;
        break;
    case core::State::fail:
        ++counts.failed;
        break;
    case core::State::unknown:
        ++counts.unknown;
        break;
    }
}

} // namespace

CheckRuns::CheckRuns(std::function<bool(core::CheckRequest)> submit,
                     std::function<void(const api::CheckFinished&)> settled) :
    submit_(std::move(submit)),
    settled_(std::move(settled)) {}

api::CheckAccepted CheckRuns::start(std::vector<core::CheckRequest> requests,
                                    std::shared_ptr<api::CheckStream> stream) {
    const std::string id = inside_.with([&](Inside& inside) {
        std::string fresh = fmt::format("c{}", ++inside.newest);
        Run run;
        run.total = requests.size();
        run.counts.id = fresh;
        run.stream = std::move(stream);
        inside.runs.emplace(fresh, std::move(run));
        return fresh;
    });
    for (core::CheckRequest& request : requests) {
        request.priority = core::Priority::on_demand;
        request.run = id;
        if (!submit_(request)) {
            withheld(request, {core::Stage::judge, core::Cause::never_looked_at, "the source is not served", {}});
        }
    }
    return {id, requests.size()};
}

void CheckRuns::looked(const core::CheckRequest& request, const checks::Looked& looked) {
    if (request.run.empty()) {
        return;
    }
    const auto own = std::find_if(looked.observations.begin(),
                                  looked.observations.end(),
                                  [&](const core::Observation& look) { return look.key == request.key; });
    if (own == looked.observations.end()) {
        withheld(request,
                 looked.gate.value_or(
                     core::Failure{core::Stage::judge, core::Cause::unexpected_answer, "nothing was observed", {}}));
        return;
    }
    advance(request.run, [&](Run& run) {
        count(run.counts, own->state);
        if (run.stream) {
            for (const core::Observation& look : looked.observations) {
                run.stream->send(api::CheckObserved{look, run.done, run.total});
            }
        }
    });
}

void CheckRuns::withheld(const core::CheckRequest& request, const core::Failure& why) {
    if (request.run.empty()) {
        return;
    }
    advance(request.run, [&](Run& run) {
        ++run.counts.withheld;
        if (run.stream) {
            run.stream->send(api::CheckWithheld{request.key, why.cause, why.detail, run.done, run.total});
        }
    });
}

void CheckRuns::advance(const std::string& id, const std::function<void(Run&)>& note) {
    std::optional<Run> ended;
    inside_.with([&](Inside& inside) {
        const auto found = inside.runs.find(id);
        if (found == inside.runs.end()) {
            return;
        }
        Run& run = found->second;
        ++run.done;
        note(run);
        if (run.done == run.total) {
            ended = std::move(run);
            inside.runs.erase(found);
        }
    });
    if (ended) {
        settled_(ended->counts);
        if (ended->stream) {
            ended->stream->send(ended->counts);
            ended->stream->finish();
        }
    }
}

bool CheckRuns::cancel(const std::string& id, std::uint64_t& outstanding) {
    return inside_.with([&](Inside& inside) {
        const auto found = inside.runs.find(id);
        if (found == inside.runs.end()) {
            return false;
        }
        found->second.counts.cancelled = true;
        outstanding = found->second.total - found->second.done;
        return true;
    });
}

void CheckRuns::close() {
    inside_.with([](Inside& inside) {
        for (auto& [id, run] : inside.runs) {
            if (run.stream) {
                run.stream->finish();
            }
        }
        inside.runs.clear();
    });
}

} // namespace mailpreflight::daemon
