#include "daemon/views.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_shown = 1000;

} // namespace

api::ExceptionRow exception_row(const core::Exception& exception, const core::Batch& batch, base::SystemTime now) {
    const auto in_force = core::exceptions_in_force(batch, now);
    api::ExceptionRow row;
    row.address = exception.address;
    row.in_force = std::find(in_force.begin(), in_force.end(), &exception) != in_force.end();
    row.at = exception.at;
    row.until = exception.until;
    row.ends_at = core::end_of(exception, batch);
    row.by = exception.by;
    row.reason = exception.reason;
    row.withdrawn_by = exception.withdrawn_by;
    return row;
}

api::BatchResponse batch_view(const State& state, const core::Batch& batch, base::SystemTime now) {
    const core::BatchRecord& record = batch.record;
    api::BatchResponse view;
    view.status = batch_status(state, batch, now);
    view.now = now;
    for (const core::Way way : batch.prove) {
        view.prove.emplace_back(core::name_of(way));
    }
    view.destination = batch.destination;
    view.sweep_interval = core::sweep_cadence(state.plan.schedule, batch.window, now);
    view.held_by = core::held_by(state.plan, batch.source, now).value_or("");
    view.list_digest = record.good_digest;
    for (const core::ListProblem& problem : batch.list.problems) {
        if (view.list_problems.size() < most_shown) {
            view.list_problems.push_back(problem.line > 0 ? fmt::format("line {}: {}", problem.line, problem.text)
                                                          : problem.text);
        }
    }
    if (const auto& pending = record.pending) {
        view.pending = api::PendingListRow{pending->digest,
                                           pending->read_at,
                                           pending->rows,
                                           pending->dropped,
                                           pending->added,
                                           pending->dropped_examples};
    }
    const std::size_t left_out = record.exceptions.size() - std::min(record.exceptions.size(), most_shown);
    for (std::size_t i = left_out; i < record.exceptions.size(); ++i) {
        view.exceptions.push_back(exception_row(record.exceptions[i], batch, now));
    }
    view.done_at = core::done_since(state.plan.schedule, batch, now);
    view.done_by = view.done_at ? record.done_by : "";
    view.forgotten_at = record.forgotten_at;
    view.forgotten_by = record.forgotten_by;
    return view;
}

} // namespace mailpreflight::daemon
