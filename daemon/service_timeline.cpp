#include "base/prose.hpp"
#include "base/text.hpp"
#include "daemon/named.hpp"
#include "daemon/service.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::daemon {

namespace {

struct Asked {
    std::string of; ///< as it was understood
    std::string kind;
    store::TimelineScope scope;
};

Asked asked_for(const State& state, const std::string& of) {
    if (has_source(state.plan, of)) {
        return {of, "source", {.source = of}};
    }
    if (find_batch(state.plan, of) != nullptr) {
        return {of, "batch", {.batch = of}};
    }
    const std::string address = base::to_lower(of);
    for (const core::Batch& batch : state.plan.batches) {
        for (const core::ListedMailbox& mailbox : batch.list.mailboxes) {
            if (mailbox.address == address) {
                return {address, "mailbox", {.address = address, .source = batch.source}};
            }
        }
    }
    for (const core::SourcePlan& source : state.plan.sources) {
        if (core::must_not_open(state.plan, core::Subject::of_mailbox(source.name, address))) {
            return {address, "mailbox", {.address = address, .source = source.name}};
        }
    }
    if (const auto number = core::incident_numbered(of); number && *number > 0 && *number < state.next_incident) {
        return {fmt::format("I{}", *number), "incident", {.incident = *number}};
    }
    return {};
}

api::TimelineRow row_of(const core::TimelineEntry& entry) {
    return {.at = entry.at,
            .kind = std::string(core::name_of(entry.kind)),
            .text = entry.text,
            .source = entry.source,
            .subject = entry.address,
            .batch = entry.batch,
            .incident = entry.incident == 0 ? "" : fmt::format("I{}", entry.incident),
            .by = entry.by,
            .check = {},
            .state = {},
            .cause = {}};
}

api::TimelineRow row_of(const core::Transition& transition) {
    std::string before = transition.before ? fmt::format(", was {}", core::code_of(transition.before->cause)) : "";
    std::string detail = transition.after.detail.empty() ? "" : ": " + transition.after.detail;
    return {.at = transition.first_seen,
            .kind = "observation",
            .text = fmt::format("{} is {} ({}{}){}",
                                core::name_of(transition.key.check),
                                core::name_of(transition.after.state),
                                core::code_of(transition.after.cause),
                                before,
                                detail),
            .source = transition.key.subject.source,
            .subject = transition.key.subject.name,
            .batch = {},
            .incident = {},
            .by = {},
            .check = transition.key.check,
            .state = transition.after.state,
            .cause = transition.after.cause};
}

/// What a check of the subject saw, where the timeline is that of a subject.
base::Result<std::vector<core::Transition>>
seen_of(store::Reader& reader, const Asked& asked, std::optional<base::SystemTime> before, std::size_t limit) {
    if (asked.kind == "source") {
        return reader.history_before(core::Subject::of_source(asked.of), before, limit);
    }
    if (asked.kind == "mailbox") {
        return reader.history_before(core::Subject::of_mailbox(asked.scope.source, asked.of), before, limit);
    }
    return std::vector<core::Transition>{};
}

/// The newest `limit` rows, but no instant in part: the next page begins before the last row's.
void cut(api::TimelineResponse& answer, std::size_t limit) {
    if (answer.timeline.size() <= limit) {
        return;
    }
    const base::SystemTime beyond = answer.timeline[limit].at;
    std::size_t kept = limit;
    while (kept > 0 && answer.timeline[kept - 1].at == beyond) {
        --kept;
    }
    answer.timeline.resize(kept == 0 ? limit : kept);
    answer.next = answer.timeline.back().at;
}

/// "I17 grew" of "I17 grew: ..."; empty for what is no step of a longer way.
std::string_view step_of(const api::TimelineRow& row) {
    const std::string_view text = std::string_view(row.text).substr(0, row.text.find(':'));
    const bool step = row.kind == core::name_of(core::TimelineKind::incident) &&
                      (text.ends_with(" grew") || text.ends_with(" shrank"));
    return step ? text : std::string_view{};
}

/// An incident grows mailbox by mailbox: of steps one after the other only the last is told, and how many they were.
void join_steps(std::vector<api::TimelineRow>& rows) {
    std::vector<api::TimelineRow> joined;
    for (std::size_t i = 0; i < rows.size();) {
        std::size_t end = i + 1;
        while (end < rows.size() && !step_of(rows[i]).empty() && step_of(rows[end]) == step_of(rows[i])) {
            ++end;
        }
        joined.push_back(rows[i]);
        if (end - i > 1) {
            joined.back().text += fmt::format(" (in {} steps since {})", end - i, base::short_time(rows[end - 1].at));
        }
        i = end;
    }
    rows = std::move(joined);
}

} // namespace

api::Answer<api::TimelineResponse> ApiService::timeline(const api::Caller&, const api::TimelineRequest& request) {
    const Asked asked = app_.judge().with_state([&](const State& state) { return asked_for(state, request.of); });
    if (asked.kind.empty()) {
        return api::refused(404,
                            fmt::format("nothing is named {}: expected a listed address, an incident such as I17, a "
                                        "batch or a source",
                                        shown(request.of)));
    }
    auto reader = store::Reader::open(app_.state_directory());
    if (!reader) {
        return tl::unexpected(api::problem_of(reader.error()));
    }
    const auto limit = static_cast<std::size_t>(request.limit);
    const auto entries = reader->timeline(asked.scope, request.before, limit + 1);
    if (!entries) {
        return tl::unexpected(api::problem_of(entries.error()));
    }
    const auto seen = seen_of(*reader, asked, request.before, limit + 1);
    if (!seen) {
        return tl::unexpected(api::problem_of(seen.error()));
    }
    api::TimelineResponse answer;
    answer.of = asked.of;
    answer.kind = asked.kind;
    const auto to_row = [](const auto& one) { return row_of(one); };
    std::transform(entries->begin(), entries->end(), std::back_inserter(answer.timeline), to_row);
    std::transform(seen->begin(), seen->end(), std::back_inserter(answer.timeline), to_row);
    std::stable_sort(answer.timeline.begin(),
                     answer.timeline.end(),
                     [](const api::TimelineRow& a, const api::TimelineRow& b) { return a.at > b.at; });
    cut(answer, limit);
    join_steps(answer.timeline);
    return answer;
}

} // namespace mailpreflight::daemon
