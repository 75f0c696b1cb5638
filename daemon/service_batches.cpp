#include "base/text.hpp"
#include "config/local_time.hpp"
#include "core/batch_list.hpp"
#include "daemon/named.hpp"
#include "daemon/service.hpp"
#include "daemon/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace mailpreflight::daemon {

namespace {

tl::unexpected<api::Problem> no_batch(const std::string& name) {
    return api::refused(404, fmt::format("there is no batch {}", shown(name)));
}

bool lists(const core::Batch& batch, const std::string& address) {
    return std::any_of(batch.list.mailboxes.begin(), batch.list.mailboxes.end(), [&](const auto& mailbox) {
        return mailbox.address == address;
    });
}

/// The batch that an exception is for.
api::Answer<core::Batch*>
batch_of(core::Plan& plan, const api::ExceptRequest& request, const std::string& address, base::SystemTime now) {
    std::vector<core::Batch*> open;
    for (core::Batch& batch : plan.batches) {
        if (!request.batch.empty() && batch.name != request.batch) {
            continue;
        }
        if (state_of(plan.schedule, batch, now) != core::BatchState::done && lists(batch, address)) {
            open.push_back(&batch);
        }
    }
    if (!request.batch.empty() && find_batch(plan, request.batch) == nullptr) {
        return no_batch(request.batch);
    }
    if (open.empty()) {
        return api::refused(404,
                            fmt::format("{} is in the list of no batch that is still to move{}",
                                        shown(address),
                                        request.batch.empty() ? "" : " by the name of " + request.batch));
    }
    if (open.size() > 1) {
        return api::refused(409, fmt::format("{} is in several batches: name one with --batch", shown(address)));
    }
    return open.front();
}

/// When the exception shall end, or what is wrong with what was asked for.
api::Answer<base::SystemTime> end_asked_for(const std::string& until, const core::Batch& batch, base::SystemTime now) {
    if (until == "window") {
        if (!batch.window) {
            return api::refused(422, fmt::format("until: batch {} has no window; name a time", batch.name));
        }
        return batch.window->end;
    }
    const auto time = config::parse_moment(until, batch.window ? batch.window->zone : "UTC");
    if (!time) {
        return api::refused(422, "until: " + time.error().message());
    }
    if (*time <= now) {
        return api::refused(422, fmt::format("until: {} has passed", base::to_rfc3339(*time)));
    }
    return *time;
}

api::Answer<core::Exception> new_exception(core::Batch& batch,
                                           const api::ExceptRequest& request,
                                           const std::string& address,
                                           const std::string& who,
                                           base::SystemTime now) {
    auto& exceptions = batch.record.exceptions;
    if (request.until == "now") {
        const auto in_force = core::exceptions_in_force(batch, now);
        const auto found = std::find_if(
            in_force.begin(), in_force.end(), [&](const core::Exception* one) { return one->address == address; });
        if (found == in_force.end()) {
            return api::refused(409, fmt::format("{} has no exception that could be withdrawn", shown(address)));
        }
        core::Exception& withdrawn = exceptions[static_cast<std::size_t>(*found - exceptions.data())];
        withdrawn.withdrawn_at = now;
        withdrawn.withdrawn_by = fmt::format("{}: {}", who, request.reason);
        return withdrawn;
    }
    const auto until = end_asked_for(request.until, batch, now);
    if (!until) {
        return tl::unexpected(until.error());
    }
    if (exceptions.size() >= core::most_exceptions) {
        return api::refused(
            409,
            fmt::format("batch {} has {} exceptions already, the most there may be", batch.name, exceptions.size()));
    }
    core::Exception exception{.address = address, .at = now, .until = *until, .by = who, .reason = request.reason};
    if (core::end_of(exception, batch) <= now) {
        return api::refused(409, fmt::format("the window of batch {} is over, and exceptions with it", batch.name));
    }
    exceptions.push_back(exception);
    return exception;
}

core::TimelineEntry said_of(const core::Batch& batch, const std::string& who, base::SystemTime at, std::string text) {
    return {.at = at,
            .kind = core::TimelineKind::batch,
            .source = batch.source,
            .batch = batch.name,
            .by = who,
            .text = std::move(text)};
}

core::TimelineEntry said_of(const core::Exception& exception, const core::Batch& batch, base::SystemTime at) {
    const bool withdrawn = exception.withdrawn_at.has_value();
    return {.at = at,
            .kind = core::TimelineKind::exception,
            .source = batch.source,
            .batch = batch.name,
            .address = exception.address,
            .by = withdrawn ? exception.withdrawn_by : exception.by,
            .text = withdrawn ? fmt::format("a mailbox counts for batch {} again", batch.name)
                              : fmt::format("a mailbox is excepted from batch {} until {}: {}",
                                            batch.name,
                                            base::to_rfc3339(core::end_of(exception, batch)),
                                            exception.reason)};
}

/// Takes the keys out of incidents, and tells what changed.
void forget_subjects(State& state, store::Store::Commit& commit, const std::set<core::Subject>& subjects) {
    const auto is_forgotten = [&](const core::TrackKey& key) { return subjects.contains(key.subject); };
    std::set<core::TrackKey> keys;
    for (const auto& [key, track] : state.tracks) {
        if (is_forgotten(key)) {
            keys.insert(key);
        }
    }
    for (const auto& [key, entry] : state.baseline) {
        if (is_forgotten(key)) {
            keys.insert(key);
        }
    }
    for (core::Incident& incident : state.incidents) {
        const std::size_t before = incident.subjects.size();
        std::copy_if(incident.subjects.begin(), incident.subjects.end(), std::inserter(keys, keys.end()), is_forgotten);
        std::erase_if(incident.subjects, is_forgotten);
        if (incident.subjects.size() != before) {
            incident.updated_at = commit.at;
            commit.incidents.push_back(incident);
        }
    }
    for (const core::Subject& subject : subjects) {
        keys.insert({core::Check::mailbox_impersonation, subject}); // the timeline may name who was never looked at
    }
    for (const core::TrackKey& key : keys) {
        state.tracks.erase(key);
        state.baseline.erase(key);
        commit.forgotten.push_back(key);
    }
    std::erase_if(state.drift, [&](const core::Drift& drift) { return is_forgotten(drift.key); });
}

} // namespace

api::Answer<api::BatchResponse> ApiService::batch(const api::Caller&, const api::BatchRequest& request) {
    return app_.judge().with_state([&](const State& state) -> api::Answer<api::BatchResponse> {
        const core::Batch* const batch = find_batch(state.plan, request.batch);
        if (batch == nullptr) {
            return no_batch(request.batch);
        }
        return batch_view(state, *batch, app_.clock().now());
    });
}

api::Answer<api::ExceptResponse> ApiService::except(const api::Caller& caller, const api::ExceptRequest& request) {
    api::Answer<api::ExceptResponse> answer;
    const std::string address = base::to_lower(request.address);
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        const auto batch = batch_of(state.plan, request, address, commit.at);
        if (!batch) {
            answer = tl::unexpected(batch.error());
            return;
        }
        const auto exception = new_exception(**batch, request, address, caller.who(), commit.at);
        if (!exception) {
            answer = tl::unexpected(exception.error());
            return;
        }
        commit.timeline.push_back(said_of(*exception, **batch, commit.at));
        answer = api::ExceptResponse{(*batch)->name,
                                     exception_row(*exception, **batch, commit.at),
                                     (*batch)->window ? (*batch)->window->zone : ""};
        answer->exception.in_force = !exception->withdrawn_at;
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    return answer;
}

api::Answer<api::ConfirmBatchResponse> ApiService::confirm_batch(const api::Caller& caller,
                                                                 const api::ConfirmBatchRequest& request) {
    api::Answer<api::ConfirmBatchResponse> answer;
    const App::Setting setting = app_.setting();
    const core::Batch* const read = find_batch(*setting.config, request.batch);
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        core::Batch* const batch = find_batch(state.plan, request.batch);
        if (batch == nullptr || read == nullptr) {
            answer = no_batch(request.batch);
            return;
        }
        const auto pending = batch->record.pending;
        if (!pending) {
            answer = api::refused(409, fmt::format("no list of batch {} waits to be confirmed", batch->name));
            return;
        }
        if (pending->digest != read->list.digest || (!request.digest.empty() && request.digest != pending->digest)) {
            answer = api::refused(409, "another list waits by now: mailpreflight batch show " + batch->name);
            return;
        }
        core::confirm(*batch, read->list);
        commit.timeline.push_back(said_of(*batch,
                                          caller.who(),
                                          commit.at,
                                          fmt::format("the list that drops {} and adds {} mailboxes was confirmed",
                                                      pending->dropped,
                                                      pending->added)));
        answer = api::ConfirmBatchResponse{batch->name, batch->list.mailboxes.size(), pending->dropped, pending->added};
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    return answer;
}

api::Answer<api::DoneBatchResponse> ApiService::done_batch(const api::Caller& caller,
                                                           const api::DoneBatchRequest& request) {
    api::Answer<api::DoneBatchResponse> answer;
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        core::Batch* const batch = find_batch(state.plan, request.batch);
        if (batch == nullptr) {
            answer = no_batch(request.batch);
            return;
        }
        if (state_of(state.plan.schedule, *batch, commit.at) == core::BatchState::done) {
            answer = api::refused(409, fmt::format("batch {} is done already", batch->name));
            return;
        }
        if (batch->window && commit.at < batch->window->start) {
            answer = api::refused(409,
                                  fmt::format("the window of batch {} begins at {}: take the batch out of the "
                                              "configuration if it is not to move",
                                              batch->name,
                                              base::to_rfc3339(batch->window->start)));
            return;
        }
        batch->record.done_at = commit.at;
        batch->record.done_by = caller.who();
        const core::Readiness counted =
            core::readiness(state.plan, *batch, state.tracks, state.names[batch->source], commit.at);
        commit.timeline.push_back(
            said_of(*batch, caller.who(), commit.at, fmt::format("batch {} was called done", batch->name)));
        answer = api::DoneBatchResponse{batch->name, commit.at, core::last_report(counted, *batch)};
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    return answer;
}

api::Answer<api::ForgetBatchResponse> ApiService::forget_batch(const api::Caller& caller,
                                                               const api::ForgetBatchRequest& request) {
    api::Answer<api::ForgetBatchResponse> answer;
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        core::Batch* const batch = find_batch(state.plan, request.batch);
        const auto unnamed = state.kept.find(request.batch);
        if (batch == nullptr && unnamed == state.kept.end()) {
            answer = no_batch(request.batch);
            return;
        }
        if (batch != nullptr && state_of(state.plan.schedule, *batch, commit.at) != core::BatchState::done) {
            answer = api::refused(409,
                                  fmt::format("batch {} is not done: mailpreflight batch done {}, or take it out of "
                                              "the configuration first",
                                              batch->name,
                                              batch->name));
            return;
        }
        const core::KeptBatch kept =
            batch != nullptr ? core::KeptBatch{batch->source, batch->record, batch->list.mailboxes} : unnamed->second;
        const std::set<core::Subject> subjects = core::forgettable(state.plan, request.batch, kept);
        forget_subjects(state, commit, subjects);
        if (batch != nullptr) {
            core::forget(*batch, caller.who(), commit.at);
            commit.timeline.push_back(said_of(
                *batch, caller.who(), commit.at, fmt::format("its {} addresses were forgotten", subjects.size())));
            commit.lists[batch->name] = {};
        } else {
            state.kept.erase(unnamed);
            state.stored.erase(request.batch);
            commit.batches_removed.insert(request.batch);
        }
        answer = api::ForgetBatchResponse{
            request.batch, subjects.size(), kept.list.size() - std::min(kept.list.size(), subjects.size())};
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    return answer;
}

} // namespace mailpreflight::daemon
