#include "core/batch_state.hpp"
#include "core/standing.hpp"
#include "daemon/metric_family.hpp"
#include "daemon/metrics.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace mailpreflight::daemon {

namespace {

/// What one walk over the list tells, as the verdict takes it.
struct Walk {
    std::map<core::Way, std::size_t> opens;    ///< by each way that some mailbox must be opened by
    std::map<core::Cause, std::size_t> causes; ///< a mailbox and a way each
    std::size_t warned = 0;
    std::optional<base::SystemTime> oldest_look; ///< whatever its state
    bool is_whole = true;                        ///< each was looked at
};

bool opens(const core::Judgement& judgement) {
    return judgement.standing == core::Standing::passed || judgement.standing == core::Standing::warned;
}

Walk walk(const State& state, const core::Batch& batch, base::SystemTime now) {
    Walk seen;
    const base::Duration oldest_allowed = core::max_age(state.plan.schedule, batch, now);
    const base::SystemTime ages_at = core::ages_judged_at(state.plan.schedule, batch, now);
    for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
        const core::Subject subject = core::Subject::of_mailbox(batch.source, batch.list.mailboxes[i].address);
        bool warned = false;
        bool all_open = true;
        for (const core::Way way : core::required_ways(batch, i, state.plan.schedule)) {
            const core::Track* const track = core::find_track(state.tracks, {core::check_of(way), subject});
            const core::Judgement judgement = core::judge_track(track, oldest_allowed, now, ages_at);
            seen.opens[way] += opens(judgement) ? 1U : 0U;
            ++seen.causes[judgement.cause];
            warned = warned || judgement.standing == core::Standing::warned;
            all_open = all_open && opens(judgement);
            if (track == nullptr || !track->latest) {
                seen.is_whole = false;
            } else {
                seen.oldest_look = std::min(seen.oldest_look.value_or(track->latest->at), track->latest->at);
            }
        }
        seen.warned += warned && all_open ? 1U : 0U;
    }
    return seen;
}

/// When the last full pass over a source began: by the batches that are swept over.
struct Sweep {
    std::optional<base::SystemTime> began;
    bool is_whole = true;

    void take(const Walk& seen) {
        is_whole = is_whole && seen.is_whole;
        if (seen.oldest_look) {
            began = std::min(began.value_or(*seen.oldest_look), *seen.oldest_look);
        }
    }
};

void add_findings(prometheus::MetricFamily& family, const core::Readiness& readiness) {
    std::map<std::pair<std::string, core::Cause>, std::size_t> counts;
    const auto count = [&](const std::string& weight, const std::vector<core::Finding>& findings) {
        for (const core::Finding& finding : findings) {
            counts[{weight, finding.cause}] += finding.count;
        }
    };
    count("blocker", readiness.blockers);
    count("warning", readiness.warnings);
    count("unknown", readiness.unknowns);
    for (const auto& [what, total] : counts) {
        add(family,
            {{"batch", readiness.batch}, {"weight", what.first}, {"cause", std::string(core::code_of(what.second))}},
            static_cast<double>(total));
    }
}

/// By the verdict's own counts.
void add_mailboxes(prometheus::MetricFamily& family,
                   const Labels& labels,
                   const core::Readiness& readiness,
                   const Walk& seen) {
    const std::size_t warned = std::min(seen.warned, readiness.passed);
    for (const auto& [state, count] : {std::pair(core::State::pass, readiness.passed - warned),
                                       std::pair(core::State::warn, warned),
                                       std::pair(core::State::fail, readiness.failed),
                                       std::pair(core::State::unknown, readiness.unknown)}) {
        Labels with = labels;
        with.push_back({"state", std::string(core::name_of(state))});
        add(family, std::move(with), static_cast<double>(count));
    }
}

} // namespace

MetricFamilies batch_metrics(const MetricsSight& sight) {
    using enum core::Verdict;
    using enum core::BatchState;
    auto verdicts = gauge("mailpreflight_readiness", "1 for the verdict over the batch, 0 for the others.");
    auto states = gauge("mailpreflight_batch_state", "1 for the state of the batch, 0 for the others.");
    auto starts = gauge("mailpreflight_window_start_timestamp_seconds", "When the batch's window opens.");
    auto ends = gauge("mailpreflight_window_end_timestamp_seconds", "When the batch's window is over.");
    auto findings = gauge("mailpreflight_findings", "What the verdict over the batch rests on: subjects by cause.");
    auto mailboxes = gauge("mailpreflight_mailboxes",
                           "Mailboxes of the batch by what the verdict takes them for, without those that are excepted "
                           "or have moved.");
    auto excepted = gauge("mailpreflight_mailboxes_excepted",
                          "Mailboxes that do not pass and that somebody has taken out of the verdict.");
    auto moved = gauge("mailpreflight_mailboxes_moved",
                       "Mailboxes that have moved, are missing or disabled since the window began: progress.");
    auto results = gauge("mailpreflight_mailbox_results",
                         "A mailbox and a required way each, by the cause that the verdict takes it for.");
    auto access = gauge("mailpreflight_access", "Mailboxes that open by a way that the batch requires.");
    auto ages = gauge("mailpreflight_oldest_result_age_seconds",
                      "Age of the oldest definite look that the verdict over the batch rests on.");
    auto max_ages = gauge("mailpreflight_result_max_age_seconds",
                          "How old a look at a mailbox of the batch may be; older ones count as unknown.");
    auto judged = gauge("mailpreflight_last_judged_timestamp_seconds", "When the batch was judged last.");
    auto sweeps = gauge("mailpreflight_sweep_start_timestamp_seconds",
                        "When the last full pass over the source's mailboxes began; absent until there was one.");
    std::map<std::string, Sweep> sweeps_of;
    for (const core::Batch& batch : sight.state.plan.batches) {
        const core::BatchState state = core::state_of(sight.state.plan.schedule, batch, sight.now);
        add_one_hot(states, {{"batch", batch.name}}, "state", {planned, frozen, moving, done}, state, core::name_of);
        if (batch.window) {
            add(starts, {{"batch", batch.name}}, seconds(batch.window->start));
            add(ends, {{"batch", batch.name}}, seconds(batch.window->end));
        }
        const auto found = sight.state.readiness.find(batch.name);
        if (state == done || found == sight.state.readiness.end()) {
            continue; // of a batch that is done nothing is judged
        }
        const core::Readiness& readiness = found->second;
        const Labels labels{{"source", batch.source}, {"batch", batch.name}};
        add_one_hot(
            verdicts, {{"batch", batch.name}}, "verdict", {go, no_go, unknown}, readiness.verdict, core::code_of);
        add_findings(findings, readiness);
        const Walk seen = walk(sight.state, batch, sight.now);
        add_mailboxes(mailboxes, labels, readiness, seen);
        add(excepted, labels, static_cast<double>(readiness.excepted));
        add(moved, labels, static_cast<double>(readiness.moved));
        for (const auto& [cause, count] : seen.causes) {
            Labels with = labels;
            with.push_back({"cause", std::string(core::code_of(cause))});
            add(results, std::move(with), static_cast<double>(count));
        }
        for (const auto& [way, count] : seen.opens) {
            Labels with = labels;
            with.push_back({"method", std::string(core::name_of(way))});
            add(access, std::move(with), static_cast<double>(count));
        }
        if (readiness.oldest) {
            add(ages, labels, seconds(sight.now - *readiness.oldest));
        }
        add(max_ages, labels, seconds(core::max_age(sight.state.plan.schedule, batch, sight.now)));
        add(judged, labels, seconds(readiness.judged_at));
        sweeps_of[batch.source].take(seen);
    }
    for (const auto& [source, sweep] : sweeps_of) {
        if (sweep.is_whole && sweep.began) {
            add(sweeps, {{"source", source}}, seconds(*sweep.began));
        }
    }
    return {std::move(verdicts),
            std::move(states),
            std::move(starts),
            std::move(ends),
            std::move(findings),
            std::move(mailboxes),
            std::move(excepted),
            std::move(moved),
            std::move(results),
            std::move(access),
            std::move(ages),
            std::move(max_ages),
            std::move(judged),
            std::move(sweeps)};
}

} // namespace mailpreflight::daemon
