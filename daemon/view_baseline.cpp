#include "daemon/paging.hpp"
#include "daemon/views.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_changes = 100;

/// "build was 15.1, is 15.2"
std::string facts_between(const core::BaselineDifference& difference) {
    if (!difference.before) {
        return {};
    }
    core::Observation now;
    now.facts = difference.now.facts;
    return core::what_changed(difference.before->facts, now);
}

api::BaselineChange change_of(const core::BaselineDifference& difference) {
    api::BaselineChange change;
    change.subject = difference.key.subject.name;
    change.check = difference.key.check;
    if (difference.before) {
        change.before = difference.before->state;
        change.before_cause = difference.before->cause;
    }
    change.now = difference.now.state;
    change.now_cause = difference.now.cause;
    change.facts = facts_between(difference);
    change.since = difference.since;
    return change;
}

} // namespace

api::BaselineResponse baseline_page(const State& state, const api::BaselineRequest& request) {
    std::map<std::string, std::pair<const core::TrackKey*, const core::BaselineEntry*>> rows;
    for (const auto& [key, entry] : state.baseline) {
        if (request.source.empty() || key.subject.source == request.source) {
            rows.emplace(cursor_of(key), std::pair(&key, &entry));
        }
    }
    api::BaselineResponse page;
    page.next = take_page(rows, request.after, request.limit, [&](const auto& row) {
        const auto& [key, entry] = row;
        page.baseline.push_back({key->subject.source,
                                 key->subject.name,
                                 key->check,
                                 entry->state,
                                 entry->cause,
                                 entry->facts,
                                 entry->provisional,
                                 entry->at,
                                 entry->accepted_by,
                                 entry->reason});
    });
    return page;
}

api::DiffBaselineResponse diff_page(const core::BaselineComparison& comparison,
                                    const api::DiffBaselineRequest& request) {
    std::map<std::string, const core::BaselineDifference*> rows;
    for (const core::BaselineDifference& difference : comparison.differences) {
        rows.emplace(cursor_of(difference.key), &difference);
    }
    api::DiffBaselineResponse page;
    page.source = request.source;
    page.differ = comparison.differences.size();
    page.same = comparison.same.size();
    page.too_old = comparison.too_old.size();
    page.next = take_page(rows, request.after, request.limit, [&](const core::BaselineDifference* difference) {
        page.differences.push_back(change_of(*difference));
    });
    return page;
}

api::AcceptanceRow acceptance_row(const core::Acceptance& acceptance) {
    api::AcceptanceRow row;
    row.at = acceptance.at;
    row.source = acceptance.source;
    row.scope = acceptance.scope;
    row.by = acceptance.by;
    row.reason = acceptance.reason;
    row.accepted = acceptance.accepted;
    row.changed = acceptance.changes.size();
    std::transform(acceptance.changes.begin(),
                   acceptance.changes.begin() +
                       static_cast<std::ptrdiff_t>(std::min(most_changes, acceptance.changes.size())),
                   std::back_inserter(row.changes),
                   change_of);
    return row;
}

} // namespace mailpreflight::daemon
