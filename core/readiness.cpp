#include "core/readiness.hpp"

#include "core/remedy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

constexpr std::size_t most_examples = 3;
// A look may be this much in the future, when the clock was slewed; more is a clock that was set back, and its age
// unknown.
constexpr base::Duration clock_tolerance = std::chrono::minutes(1);

/// A check's findings come together by cause and reason; sorted by count when they are shown.
class Findings {
public:
    void add(Check check, Cause cause, const std::string& why, const std::string& example, const RemedyNames& names) {
        Finding& finding = findings_[{check, cause, why}];
        if (finding.count++ == 0) {
            finding.check = check;
            finding.cause = cause;
            finding.why = why;
            finding.remedy = remedy_for(cause, names);
        }
        if (finding.examples.size() < most_examples) {
            finding.examples.push_back(example);
        }
    }

    [[nodiscard]] std::vector<Finding> sorted() const {
        std::vector<Finding> list;
        for (const auto& [key, finding] : findings_) {
            list.push_back(finding);
        }
        std::stable_sort(
            list.begin(), list.end(), [](const Finding& a, const Finding& b) { return a.count > b.count; });
        return list;
    }

    [[nodiscard]] bool empty() const {
        return findings_.empty();
    }

private:
    std::map<std::tuple<Check, Cause, std::string>, Finding> findings_;
};

enum class Standing { passed, warned, blocked, unknown };

struct Judgement {
    Standing standing = Standing::unknown;
    Cause cause = Cause::never_looked_at;
    std::string why;
};

bool is_good(const Observation& look) {
    return look.state == State::pass || look.state == State::warn;
}

Judgement blocked(Cause cause, std::string why = {}) {
    return {Standing::blocked, cause, std::move(why)};
}

/// One required check of one subject, on what was last seen and what is believed (6.3).
Judgement judge_track(const Track* track, base::Duration oldest_allowed, base::SystemTime now) {
    if (track == nullptr || !track->latest) {
        return {};
    }
    if (!track->definite) {
        return {Standing::unknown, track->latest->cause, "never a definite look"};
    }
    const Observation& seen = *track->definite;
    if (seen.at > now + clock_tolerance) {
        return {Standing::unknown, Cause::never_looked_at, "the clock was set back since its last definite look"};
    }
    if (now - seen.at > oldest_allowed) {
        const Cause cause = is_definite(*track->latest) ? Cause::never_looked_at : track->latest->cause;
        return {Standing::unknown,
                cause,
                fmt::format("last definite look is older than {}", base::to_text(oldest_allowed))};
    }
    if (!track->confirmed || !same_news(*track->confirmed, seen)) {
        if (track->confirmed && track->confirmed->state == State::fail) {
            return blocked(track->confirmed->cause, is_good(seen) ? "passed once, a second good look is awaited" : "");
        }
        if (!is_good(seen)) {
            return {Standing::unknown, seen.cause, "seen once, the second look is awaited"};
        }
    }
    if (seen.state == State::fail) {
        return blocked(seen.cause);
    }
    return {seen.state == State::warn ? Standing::warned : Standing::passed, seen.cause, {}};
}

/// The source checks that a batch rests on.
std::vector<Check> required_source_checks(const Batch& batch) {
    std::vector<Check> checks{Check::source_dns, Check::source_tcp, Check::tls_certificate};
    if (std::any_of(batch.prove.begin(), batch.prove.end(), [](Way way) { return way != Way::owa; })) {
        checks.push_back(Check::ews_login);
    }
    if (std::find(batch.prove.begin(), batch.prove.end(), Way::owa) != batch.prove.end()) {
        checks.push_back(Check::owa_login);
    }
    return checks;
}

bool is_reachability(Check check) {
    return check == Check::source_dns || check == Check::source_tcp;
}

struct Verdicts {
    Findings blockers;
    Findings warnings;
    Findings unknowns;

    void add(const Judgement& judgement, Check check, const std::string& example, const RemedyNames& names) {
        switch (judgement.standing) {
        case Standing::passed:
            break;
        case Standing::warned:
            warnings.add(check, judgement.cause, judgement.why, example, names);
            break;
        case Standing::blocked:
            blockers.add(check, judgement.cause, judgement.why, example, names);
            break;
        case Standing::unknown:
            unknowns.add(check, judgement.cause, judgement.why, example, names);
            break;
        }
    }
};

void note_oldest(std::optional<base::SystemTime>& oldest, const Track* track) {
    if (track != nullptr && track->definite && (!oldest || track->definite->at < *oldest)) {
        oldest = track->definite->at;
    }
}

void judge_source(const Plan& plan,
                  const Batch& batch,
                  const Tracks& tracks,
                  const RemedyNames& names,
                  base::SystemTime now,
                  Verdicts& verdicts,
                  Readiness& readiness) {
    const Schedule& schedule = plan.schedule;
    const Subject subject = Subject::of_source(batch.source);
    bool gate_held = false;
    for (const Check check : required_source_checks(batch)) {
        const bool login = check == Check::ews_login || check == Check::owa_login;
        const base::Duration interval = login ? schedule.login_interval : schedule.source_interval;
        const Track* const track = find_track(tracks, {check, subject});
        Judgement judgement = judge_track(track, interval * 3 / 2, now);
        // A source that cannot be reached blocks only when that has lasted (6.3); until then we do not know.
        if (judgement.standing == Standing::blocked && is_reachability(check) && track->confirmed_since &&
            now - *track->confirmed_since < schedule.blind_after) {
            judgement.standing = Standing::unknown;
            judgement.why = fmt::format("blocks when it lasts {}", base::to_text(schedule.blind_after));
        }
        note_oldest(readiness.oldest, track);
        // Behind a held gate the later checks have no look of their own: the gate names what it holds back. What is
        // known to block still does.
        if (!gate_held || judgement.standing == Standing::blocked) {
            verdicts.add(judgement, check, batch.source, names);
        }
        gate_held = gate_held || judgement.standing == Standing::blocked || judgement.standing == Standing::unknown;
    }
}

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

void judge_mailboxes(const Plan& plan,
                     const Batch& batch,
                     const Tracks& tracks,
                     const RemedyNames& source_names,
                     base::SystemTime now,
                     Verdicts& verdicts,
                     Readiness& readiness) {
    const base::Duration oldest_allowed = max_age(plan.schedule, batch.window, now);
    for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
        const ListedMailbox& mailbox = batch.list.mailboxes[i];
        const Subject subject = Subject::of_mailbox(batch.source, mailbox.address);
        const std::vector<Way> ways = required_ways(batch, i, plan.schedule);
        RemedyNames names = source_names;
        names.address = mailbox.address;
        if (ways.empty()) { // where nothing is asked for, nothing is proven
            verdicts.unknowns.add(
                Check::source_watch, Cause::never_looked_at, "no way is required", mailbox.address, names);
        }
        Standing standing = ways.empty() ? Standing::unknown : Standing::passed;
        for (const Way way : ways) {
            const Track* const track = find_track(tracks, {check_of(way), subject});
            const Judgement judgement = judge_track(track, oldest_allowed, now);
            if (track != nullptr && track->definite && track->definite->facts.contains("primary_address")) {
                names.primary = track->definite->facts.at("primary_address");
            }
            verdicts.add(judgement, check_of(way), mailbox.address, names);
            standing = worse(standing, judgement.standing);
            note_oldest(readiness.oldest, track);
        }
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
}

void judge_list(const Batch& batch, const RemedyNames& names, Verdicts& verdicts) {
    for (const ListProblem& problem : batch.list.problems) {
        const std::string where =
            problem.line > 0 ? fmt::format("line {}: {}", problem.line, problem.text) : problem.text;
        verdicts.blockers.add(Check::source_watch, Cause::list_invalid, "", where, names);
    }
    if (batch.list.mailboxes.empty() && batch.list.problems.empty()) {
        verdicts.blockers.add(Check::source_watch, Cause::list_invalid, "", "the list is empty", names);
    }
}

constexpr base::Duration days_before = std::chrono::hours(72);
constexpr base::Duration hours_before = std::chrono::hours(4);

/// The sweep interval where the quicker ones begin so long before the window.
base::Duration quickest(const Schedule& schedule,
                        const std::optional<Window>& window,
                        base::SystemTime now,
                        base::Duration from_days,
                        base::Duration from_hours) {
    if (!window || now >= window->end) {
        return schedule.sweep_interval;
    }
    const base::Duration left = window->start - now;
    if (left <= from_hours) {
        return std::min(schedule.sweep_interval, schedule.sweep_interval_4h);
    }
    return left <= from_days ? std::min(schedule.sweep_interval, schedule.sweep_interval_72h) : schedule.sweep_interval;
}

} // namespace

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::go:
        return "GO";
    case Verdict::no_go:
        return "NO-GO";
    case Verdict::unknown:
        return "UNKNOWN";
    }
    throw std::logic_error("no such verdict");
}

std::string_view code_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::go:
        return "go";
    case Verdict::no_go:
        return "no_go";
    case Verdict::unknown:
        return "unknown";
    }
    throw std::logic_error("no such verdict");
}

std::string_view name_of(BatchState state) {
    switch (state) {
    case BatchState::planned:
        return "planned";
    case BatchState::moving:
        return "moving";
    case BatchState::done:
        return "done";
    }
    throw std::logic_error("no such batch state");
}

BatchState state_of(const Schedule& schedule, const Batch& batch, base::SystemTime now) {
    if (!batch.window || now < batch.window->start) {
        return BatchState::planned;
    }
    return now < batch.window->end + schedule.moving_grace ? BatchState::moving : BatchState::done;
}

base::Duration sweep_interval(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now) {
    return quickest(schedule, window, now, days_before, hours_before);
}

base::Duration sweep_cadence(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now) {
    return quickest(schedule,
                    window,
                    now,
                    days_before + schedule.sweep_interval_72h * 3 / 2,
                    hours_before + schedule.sweep_interval_4h * 3 / 2);
}

base::Duration max_age(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now) {
    return sweep_interval(schedule, window, now) * 3 / 2;
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
    source_names.host = names.host;
    Verdicts verdicts;
    judge_list(batch, source_names, verdicts);
    judge_source(plan, batch, tracks, source_names, now, verdicts, readiness);
    judge_mailboxes(plan, batch, tracks, source_names, now, verdicts, readiness);
    readiness.blockers = verdicts.blockers.sorted();
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
