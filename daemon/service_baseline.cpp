#include "base/text.hpp"
#include "daemon/named.hpp"
#include "daemon/service.hpp"
#include "daemon/views.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>

#include <vector>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_refused = 100;

/// The subjects that were asked for by name and by batch; none: all of the source.
api::Answer<core::BaselineScope> scope_of(const core::Plan& plan,
                                          const std::string& source,
                                          const std::vector<std::string>& subjects,
                                          const std::string& batch,
                                          std::optional<core::Cause> cause) {
    if (!has_source(plan, source)) {
        return api::refused(404, fmt::format("there is no source {}", shown(source)));
    }
    core::BaselineScope scope{.source = source, .cause = cause};
    for (const std::string& subject : subjects) {
        scope.subjects.insert(subject == source ? core::Subject::of_source(source)
                                                : core::Subject::of_mailbox(source, base::to_lower(subject)));
    }
    if (batch.empty()) {
        return scope;
    }
    const core::Batch* const found = find_batch(plan, batch);
    if (found == nullptr || found->source != source) {
        return api::refused(404, fmt::format("source {} has no batch {}", source, shown(batch)));
    }
    for (const core::ListedMailbox& mailbox : found->list.mailboxes) {
        scope.subjects.insert(core::Subject::of_mailbox(source, mailbox.address));
    }
    if (scope.subjects.empty()) {
        return api::refused(404, fmt::format("batch {} lists no mailbox", batch));
    }
    return scope;
}

core::BaselineComparison compared(const State& state, const core::BaselineScope& scope, base::SystemTime now) {
    return core::compare_with_baseline(
        state.plan, state.baseline, state.tracks, state.drift, scope, state.plan.schedule.sweep_interval * 3 / 2, now);
}

/// "all", "2 subjects", "batch wave1, cause mailbox_recreated": names no mailbox.
std::string words_for(const api::AcceptBaselineRequest& request) {
    std::vector<std::string> words;
    if (!request.subjects.empty()) {
        words.push_back(
            fmt::format("{} {}", request.subjects.size(), request.subjects.size() == 1 ? "subject" : "subjects"));
    }
    if (!request.batch.empty()) {
        words.push_back("batch " + request.batch);
    }
    if (request.cause) {
        words.push_back(fmt::format("cause {}", core::code_of(*request.cause)));
    }
    return words.empty() ? "all" : base::join(words, ", ");
}

api::AcceptBaselineResponse accept(State& state,
                                   store::Store::Commit& commit,
                                   const core::BaselineScope& scope,
                                   const api::AcceptBaselineRequest& request,
                                   const std::string& who) {
    core::BaselineComparison comparison = compared(state, scope, commit.at);
    for (auto& [key, entry] : core::accepted_entries(comparison, state.baseline, who, request.reason, commit.at)) {
        commit.baseline.insert_or_assign(key, entry);
        state.baseline.insert_or_assign(key, std::move(entry));
    }
    api::AcceptBaselineResponse answer;
    answer.accepted = comparison.same.size() + comparison.differences.size();
    answer.changed = comparison.differences.size();
    answer.too_old = comparison.too_old.size();
    for (const core::TrackKey& key : comparison.too_old) {
        if (answer.refused.size() < most_refused) {
            answer.refused.push_back({core::to_text(key.subject), key.check});
        }
    }
    if (answer.accepted == 0) {
        return answer;
    }
    const std::string words = words_for(request);
    commit.timeline.push_back({.at = commit.at,
                               .kind = core::TimelineKind::baseline,
                               .source = request.source,
                               .batch = request.batch,
                               .address = request.subjects.size() == 1 && request.subjects[0] != request.source
                                              ? base::to_lower(request.subjects[0])
                                              : "",
                               .by = who,
                               .text = fmt::format("accepted as how it should be ({}): {} checks, {} otherwise than "
                                                   "before: {}",
                                                   words,
                                                   answer.accepted,
                                                   answer.changed,
                                                   request.reason)});
    commit.acceptances.push_back({.at = commit.at,
                                  .source = request.source,
                                  .scope = words,
                                  .by = who,
                                  .reason = request.reason,
                                  .accepted = answer.accepted,
                                  .changes = std::move(comparison.differences)});
    return answer;
}

} // namespace

api::Answer<api::BaselineResponse> ApiService::baseline(const api::Caller&, const api::BaselineRequest& request) {
    return app_.judge().with_state([&](const State& state) { return baseline_page(state, request); });
}

api::Answer<api::DiffBaselineResponse> ApiService::diff_baseline(const api::Caller&,
                                                                 const api::DiffBaselineRequest& request) {
    return app_.judge().with_state([&](const State& state) -> api::Answer<api::DiffBaselineResponse> {
        const std::vector<std::string> subjects =
            request.subject.empty() ? std::vector<std::string>{} : std::vector{request.subject};
        const auto scope = scope_of(state.plan, request.source, subjects, request.batch, request.cause);
        if (!scope) {
            return tl::unexpected(scope.error());
        }
        return diff_page(compared(state, *scope, app_.clock().now()), request);
    });
}

api::Answer<api::BaselineHistoryResponse> ApiService::baseline_history(const api::Caller&,
                                                                       const api::BaselineHistoryRequest& request) {
    auto reader = store::Reader::open(app_.state_directory());
    if (!reader) {
        return tl::unexpected(api::problem_of(reader.error()));
    }
    const auto limit = static_cast<std::size_t>(request.limit);
    const auto acceptances = reader->acceptances(request.source, request.before, limit + 1);
    if (!acceptances) {
        return tl::unexpected(api::problem_of(acceptances.error()));
    }
    api::BaselineHistoryResponse answer;
    for (const core::Acceptance& acceptance : *acceptances) {
        if (answer.history.size() == limit) {
            answer.next = answer.history.back().at;
            break;
        }
        answer.history.push_back(acceptance_row(acceptance));
    }
    return answer;
}

api::Answer<api::AcceptBaselineResponse> ApiService::accept_baseline(const api::Caller& caller,
                                                                     const api::AcceptBaselineRequest& request) {
    api::Answer<api::AcceptBaselineResponse> answer;
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        const auto scope = scope_of(state.plan, request.source, request.subjects, request.batch, request.cause);
        if (!scope) {
            answer = tl::unexpected(scope.error());
            return;
        }
        answer = accept(state, commit, *scope, request, caller.who());
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    return answer;
}

} // namespace mailpreflight::daemon
