#include "core/source_readiness.hpp"

#include "core/destination.hpp"
#include "core/ending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::core {

namespace {

bool is_reachability(Check check) {
    return check == Check::source_dns || check == Check::source_tcp;
}

/// What tls.floor warns of, where it concerns this batch; it proves nothing that a batch rests on.
void warn_of_floor(const Plan& plan,
                   const Batch& batch,
                   const Tracks& tracks,
                   const RemedyNames& names,
                   base::SystemTime now,
                   Verdicts& verdicts) {
    const Track* const track = find_track(tracks, {Check::tls_floor, Subject::of_source(batch.source)});
    const Judgement judgement = judge_track(track, max_age_of(plan.schedule, Check::tls_floor), now);
    const bool elsewhere = judgement.cause == Cause::tls_below_destination && !demands_tls12(batch.destination);
    if (judgement.standing == Standing::warned && !elsewhere) {
        verdicts.add(judgement, Check::tls_floor, batch.source, names);
    }
}

/// The account's password, beside the logins: what is wrong with it, and that nobody knows when it ends. Its age is
/// that of the login that it came with.
void judge_password(const Plan& plan,
                    const Batch& batch,
                    const Tracks& tracks,
                    const std::vector<Cause>& told_by_logins,
                    bool logins_passed,
                    const RemedyNames& names,
                    base::SystemTime now,
                    Verdicts& verdicts) {
    const Track* const track = find_track(tracks, {Check::account_password, Subject::of_source(batch.source)});
    if (track == nullptr || !track->latest) {
        if (logins_passed) {
            verdicts.warnings.add(
                Check::account_password, Cause::password_expiry_unknown, "not asked yet", batch.source, names);
        }
        return;
    }
    const Judgement judgement = judge_track(track, max_age_of(plan.schedule, Check::account_password), now);
    // What a login was refused for, or not tried for, is said once.
    const bool told = std::count(told_by_logins.begin(), told_by_logins.end(), judgement.cause) > 0;
    if (judgement.standing != Standing::unknown && !told) {
        verdicts.add(judgement, Check::account_password, batch.source, names);
    }
}

/// What ends before the window is over blocks, however well it works today; that it ends soon is no warning beside it.
void judge_endings(
    const Batch& batch, const Tracks& tracks, const RemedyNames& names, base::SystemTime now, Verdicts& verdicts) {
    for (const Ending& ending : endings_before_window(batch, tracks, now)) {
        verdicts.warnings.drop(ending.check, ending.soon);
        verdicts.blockers.add(ending.check, ending.cause, words_for(ending, batch, now), batch.source, names).ends_at =
            ending.at;
    }
}

/// Where individual passwords are held back nobody looks at the mailboxes that need them: what was seen stands, however
/// old, until an operator releases the brake.
void judge_spray_brake(const Batch& batch, const Tracks& tracks, const RemedyNames& names, Verdicts& verdicts) {
    const Track* const track = find_track(tracks, {Check::account_spray_brake, Subject::of_source(batch.source)});
    const bool needs_it = std::find(batch.prove.begin(), batch.prove.end(), Way::own_login) != batch.prove.end();
    if (needs_it && track != nullptr && track->confirmed && track->confirmed->state == State::fail) {
        verdicts.blockers.add(Check::account_spray_brake, track->confirmed->cause, "", batch.source, names);
    }
}

} // namespace

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
    std::vector<Cause> told_by_logins;
    for (const Check check : required_source_checks(batch)) {
        const bool login = check == Check::ews_login || check == Check::owa_login;
        const Track* const track = find_track(tracks, {check, subject});
        Judgement judgement = judge_track(track, max_age_of(schedule, check), now);
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
        if (login) {
            told_by_logins.push_back(judgement.cause);
        }
    }
    judge_password(plan, batch, tracks, told_by_logins, !gate_held, names, now, verdicts);
    judge_endings(batch, tracks, names, now, verdicts);
    judge_spray_brake(batch, tracks, names, verdicts);
    warn_of_floor(plan, batch, tracks, names, now, verdicts);
}

} // namespace mailpreflight::core
