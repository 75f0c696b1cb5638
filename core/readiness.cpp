#include "core/readiness.hpp"

#include "base/prose.hpp"
#include "core/extent.hpp"
#include "core/source_readiness.hpp"
#include "core/standing.hpp"
#include "core/sweep_rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace mailpreflight::core {

namespace {

/// The worst of the ways that a mailbox must pass.
Standing worse(Standing a, Standing b) {
    const auto rank = [](Standing s) {
        switch (s) {
        case Standing::passed:
            return 0;
        case Standing::warned:
            return 1;
        case Standing::unknown:
            return 2;
        case Standing::blocked:
            return 3;
        }
        return 3;
    };
    return rank(a) < rank(b) ? b : a;
}

bool is_good(Standing standing) {
    return standing == Standing::passed || standing == Standing::warned;
}

/// One batch's mailboxes, one after the other.
class MailboxJudge {
public:
    MailboxJudge(const Plan& plan, const Batch& batch, const Tracks& tracks, base::SystemTime now) :
        schedule_(plan.schedule),
        batch_(batch),
        tracks_(tracks),
        now_(now),
        begun_(!is_waiting(state_of(plan.schedule, batch, now))),
        oldest_allowed_(max_age(plan.schedule, batch, now)),
        ages_at_(ages_judged_at(plan.schedule, batch, now)) {
        if (const auto holder = held_by(plan, batch.source, now); holder && *holder != batch.name) {
            held_ = fmt::format("; sweeps wait while {} moves", *holder);
        }
        for (const Exception* const exception : exceptions_in_force(batch, now)) {
            excepted_.insert(exception->address);
        }
    }

    void judge(std::size_t index, const RemedyNames& source_names, Verdicts& verdicts, Readiness& readiness) const {
        const std::string& address = batch_.list.mailboxes[index].address;
        RemedyNames names = source_names;
        names.address = address;
        const std::vector<std::pair<Check, Judgement>> judgements = look_up(index, names, readiness);
        Standing standing = judgements.empty() ? Standing::unknown : Standing::passed;
        bool moved = false;
        for (const auto& [check, judgement] : judgements) {
            standing = worse(standing, judgement.standing);
            moved = moved || (begun_ && !is_good(judgement.standing) && is_progress(judgement.cause));
        }
        if (moved) {
            ++readiness.moved;
            return;
        }
        if (!is_good(standing) && excepted_.contains(address)) {
            ++readiness.excepted;
            return;
        }
        if (judgements.empty()) { // where nothing is asked for, nothing is proven
            verdicts.unknowns.add(Check::source_watch, Cause::never_looked_at, "no way is required", address, names);
        }
        for (const auto& [check, judgement] : judgements) {
            verdicts.add(judgement, check, address, names);
            if (judgement.standing == Standing::blocked) {
                verdicts.blockers.note_row(check, judgement.cause, judgement.why, index);
            }
        }
        count(standing, readiness);
    }

private:
    /// Each required way with what is known of it; notes the primary address for the remedies.
    [[nodiscard]] std::vector<std::pair<Check, Judgement>>
    look_up(std::size_t index, RemedyNames& names, Readiness& readiness) const {
        const Subject subject = Subject::of_mailbox(batch_.source, names.address);
        std::vector<std::pair<Check, Judgement>> judgements;
        for (const Way way : required_ways(batch_, index, schedule_)) {
            const Track* const track = find_track(tracks_, {check_of(way), subject});
            Judgement judgement = judge_track(track, oldest_allowed_, now_, ages_at_);
            if (judgement.standing == Standing::unknown) {
                judgement.why += judgement.why.empty() ? "" : held_;
            }
            if (track != nullptr && track->definite && track->definite->facts.contains("primary_address")) {
                names.primary = track->definite->facts.at("primary_address");
            }
            note_oldest(readiness.oldest, track);
            judgements.emplace_back(check_of(way), std::move(judgement));
        }
        return judgements;
    }

    static void count(Standing standing, Readiness& readiness) {
        switch (standing) {
        case Standing::passed:
        case Standing::warned:
            ++readiness.passed;
            break;
        case Standing::blocked:
            ++readiness.failed;
            break;
        case Standing::unknown:
            ++readiness.unknown;
            break;
        }
    }

    const Schedule& schedule_;
    const Batch& batch_;
    const Tracks& tracks_;
    base::SystemTime now_;
    bool begun_; ///< its window has begun
    base::Duration oldest_allowed_;
    base::SystemTime ages_at_;
    std::string held_;
    std::set<std::string> excepted_;
};

void judge_list(const Batch& batch, const RemedyNames& names, Verdicts& verdicts) {
    for (const ListProblem& problem : batch.list.problems) {
        const std::string where =
            problem.line > 0 ? fmt::format("line {}: {}", problem.line, problem.text) : problem.text;
        verdicts.blockers.add(Check::source_watch, Cause::list_invalid, "", where, names);
    }
    if (batch.list.mailboxes.empty() && batch.list.problems.empty()) {
        verdicts.blockers.add(Check::source_watch, Cause::list_invalid, "", "the list is empty", names);
    }
    if (const auto& pending = batch.record.pending) {
        // What it adds nobody looks at yet: no GO can speak for that.
        Findings& findings = pending->added > 0 ? verdicts.unknowns : verdicts.warnings;
        findings.add(Check::source_watch,
                     Cause::list_unconfirmed,
                     fmt::format("it drops {} of {} mailboxes and adds {}",
                                 pending->dropped,
                                 batch.list.mailboxes.size(),
                                 pending->added),
                     batch.name,
                     names);
    }
}

/// A sweep that cannot end in time would let looks grow old one after the other: better said at once (6.6).
void judge_rate(
    const Plan& plan, const Batch& batch, const RemedyNames& names, base::SystemTime now, Verdicts& verdicts) {
    if (!is_waiting(state_of(plan.schedule, batch, now))) {
        return; // nobody sweeps over it any more
    }
    if (const auto slow = slow_sweep_ahead(plan, batch, now)) {
        const std::string words = words_for(*slow);
        if (slow->from <= now) {
            verdicts.unknowns.add(Check::source_watch, Cause::sweep_too_slow, words, batch.name, names);
        } else {
            verdicts.warnings.add(
                Check::source_watch,
                Cause::sweep_too_slow,
                fmt::format("from {} before the window on: {}", base::to_text(batch.window->start - slow->from), words),
                batch.name,
                names);
        }
    }
}

/// How far the most frequent refusals go; each costs a pass over the list.
void tell_extents(
    const Batch& batch, const Tracks& tracks, const RemedyNames& names, const Findings& found, Readiness& readiness) {
    constexpr std::size_t most_extents = 5;
    for (std::size_t i = 0; i < std::min(most_extents, readiness.blockers.size()); ++i) {
        Finding& blocker = readiness.blockers[i];
        const std::vector<std::size_t> rows = found.rows_of(blocker);
        if (rows.empty()) {
            continue;
        }
        Extent extent = extent_of(batch, tracks, blocker.check, blocker.cause, rows);
        blocker.extent = std::move(extent.words);
        blocker.in_common = std::move(extent.in_common);
        if (extent.altogether && blocker.cause == Cause::impersonation_denied) {
            blocker.remedy = remedy_for(Cause::impersonation_right_missing, names);
        }
    }
}

} // namespace

bool is_about_batch(Cause cause) {
    return cause == Cause::list_invalid || cause == Cause::list_unconfirmed || cause == Cause::sweep_too_slow;
}

std::string subjects_of(Check check, Cause cause, std::size_t count) {
    if (cause == Cause::list_invalid) {
        return base::counted(count, "row of the list", "rows of the list");
    }
    if (is_about_batch(cause)) {
        return base::counted(count, "batch", "batches");
    }
    // Where a batch requires no way, its mailboxes are found by no check of theirs.
    const bool of_mailboxes = is_about_mailbox(check) || (check == Check::source_watch && cause != Cause::blind);
    return of_mailboxes ? base::counted(count, "mailbox", "mailboxes") : base::counted(count, "source", "sources");
}

std::string words_for(const Readiness& readiness) {
    const std::string verdict(name_of(readiness.verdict));
    return readiness.excepted == 0 ? verdict : fmt::format("{}, {} excepted", verdict, readiness.excepted);
}

std::string last_report(const Readiness& readiness, const Batch& batch) {
    return fmt::format("batch {} is done{}: of {} mailboxes {} moved, {} still open as before, {} failed, {} unknown, "
                       "{} excepted",
                       batch.name,
                       batch.record.done_by.empty() ? " (its window is over)" : ", said " + batch.record.done_by,
                       readiness.mailboxes,
                       readiness.moved,
                       readiness.passed,
                       readiness.failed,
                       readiness.unknown,
                       readiness.excepted);
}

Readiness
readiness(const Plan& plan, const Batch& batch, const Tracks& tracks, const SourceNames& names, base::SystemTime now) {
    Readiness readiness;
    readiness.batch = batch.name;
    readiness.source = batch.source;
    readiness.judged_at = now;
    readiness.mailboxes = batch.list.mailboxes.size();
    RemedyNames source_names;
    source_names.source = batch.source;
    source_names.account = names.account;
    source_names.account_name = names.account_name;
    source_names.host = names.host;
    source_names.batch = batch.name;
    Verdicts verdicts;
    judge_list(batch, source_names, verdicts);
    judge_rate(plan, batch, source_names, now, verdicts);
    judge_source(plan, batch, tracks, source_names, now, verdicts, readiness);
    const MailboxJudge mailboxes(plan, batch, tracks, now);
    for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
        mailboxes.judge(i, source_names, verdicts, readiness);
    }
    if (state_of(plan.schedule, batch, now) == BatchState::done) {
        return readiness;
    }
    readiness.blockers = verdicts.blockers.sorted();
    tell_extents(batch, tracks, source_names, verdicts.blockers, readiness);
    readiness.warnings = verdicts.warnings.sorted();
    readiness.unknowns = verdicts.unknowns.sorted();
    if (!readiness.blockers.empty()) {
        readiness.verdict = Verdict::no_go;
    } else if (!readiness.unknowns.empty()) {
        readiness.verdict = Verdict::unknown;
    } else {
        readiness.verdict = Verdict::go;
    }
    for (const Way way : {Way::impersonation, Way::full_access, Way::owa}) {
        if (std::find(batch.prove.begin(), batch.prove.end(), way) == batch.prove.end()) {
            readiness.not_tested.emplace_back(name_of(way));
        }
    }
    return readiness;
}

} // namespace mailpreflight::core
