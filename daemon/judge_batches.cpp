// What a turn of the judge does for batches as a whole; the rest of it is in judge.cpp.
#include "daemon/judge.hpp"

#include <utility>

namespace mailpreflight::daemon {

void Judge::note_paces(base::SystemTime now) {
    for (core::Batch& batch : state_.plan.batches) {
        batch.record = core::noting_pace(state_.plan.schedule, batch, now);
    }
}

void Judge::note_states(base::SystemTime now, News& news) {
    std::map<std::string, core::BatchState> states;
    for (core::Batch& batch : state_.plan.batches) {
        const core::BatchState state = core::state_of(state_.plan.schedule, batch, now);
        const auto before = told_states_.find(batch.name);
        if (before != told_states_.end() && before->second != state) {
            news.batches.push_back({batch.name, state, {}});
        }
        states.emplace(batch.name, state);
        if (state != core::BatchState::done) {
            batch.record.reported = false; // it has another window
        } else if (!std::exchange(batch.record.reported, true)) {
            news.batches.push_back({batch.name, state, core::last_report(state_.readiness.at(batch.name), batch)});
        }
    }
    told_states_ = std::move(states);
}

void Judge::keep_batches(store::Store::Commit& commit) {
    for (const core::Batch& batch : state_.plan.batches) {
        store::BatchRow row{batch.source, batch.record};
        store::BatchRow& stored = state_.stored[batch.name];
        if (row == stored) {
            continue;
        }
        if (row.record.good_digest != stored.record.good_digest || row.source != stored.source) {
            // No good one yet: nothing is kept of it either.
            commit.lists[batch.name] =
                row.record.good_digest.empty() ? std::vector<core::ListedMailbox>{} : batch.list.mailboxes;
        }
        commit.batches[batch.name] = row;
        stored = std::move(row);
    }
}

} // namespace mailpreflight::daemon
