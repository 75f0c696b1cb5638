#include "report/rows.hpp"

#include "core/batch_state.hpp"
#include "core/drift.hpp"
#include "core/standing.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

namespace mailpreflight::report {

namespace {

core::State state_of(core::Standing standing) {
    switch (standing) {
    case core::Standing::passed:
        return core::State::pass;
    case core::Standing::warned:
        return core::State::warn;
    case core::Standing::blocked:
        return core::State::fail;
    case core::Standing::unknown:
        return core::State::unknown;
    }
    throw std::logic_error("no such standing");
}

std::string joined(const std::string& a, const std::string& b) {
    return a.empty() || b.empty() ? a + b : a + "; " + b;
}

/// What was said by the look that a judgement rests on.
std::string detail_of(const core::Track& track, core::Cause cause) {
    for (const core::KeptLook* const look : {&track.latest, &track.definite, &track.confirmed}) {
        if (*look && (*look)->cause == cause) {
            return (*look)->detail;
        }
    }
    return {};
}

core::State worse(core::State a, core::State b) {
    constexpr std::array order{core::State::pass, core::State::warn, core::State::unknown, core::State::fail};
    return std::find(order.begin(), order.end(), a) < std::find(order.begin(), order.end(), b) ? b : a;
}

bool passes(core::State state) {
    return state == core::State::pass || state == core::State::warn;
}

/// Why the verdict does not rest on a mailbox that does not pass, as core/readiness.cpp counts it.
class Asides {
public:
    Asides(const core::Plan& plan, const core::Batch& batch, base::SystemTime judged_at) :
        begun_(!core::is_waiting(core::state_of(plan.schedule, batch, judged_at))) {
        for (const core::Exception* const exception : core::exceptions_in_force(batch, judged_at)) {
            excepted_[exception->address] = {exception->reason, core::end_of(*exception, batch)};
        }
    }

    void note_in(MailboxRow& row) const {
        if (passes(row.state)) {
            return;
        }
        row.moved = begun_ && std::any_of(row.checks.begin(), row.checks.end(), [](const CheckRow& check) {
                        return !passes(check.state) && core::is_progress(check.cause);
                    });
        const auto exception = excepted_.find(row.address);
        if (!row.moved && exception != excepted_.end()) {
            row.excepted = exception->second;
        }
    }

private:
    bool begun_; ///< the batch's window
    std::map<std::string, Excepted> excepted_;
};

} // namespace

core::RemedyNames remedy_names(const std::string& source, const core::SourceNames& names) {
    core::RemedyNames result;
    result.source = source;
    result.account = names.account;
    result.account_name = names.account_name;
    result.host = names.host;
    return result;
}

CheckRow check_row(core::Check check,
                   const core::Track* track,
                   const core::Judgement& judgement,
                   const core::RemedyNames& names) {
    CheckRow row;
    row.check = check;
    row.state = state_of(judgement.standing);
    row.cause = judgement.cause;
    row.detail = joined(judgement.why, track == nullptr ? "" : detail_of(*track, judgement.cause));
    if (track != nullptr && track->definite) {
        row.at = track->definite->at;
    }
    if (row.state != core::State::pass) {
        row.remedy = core::remedy_for(row.cause, names);
    }
    return row;
}

std::vector<MailboxRow> make_rows(const core::Plan& plan,
                                  const core::Batch& batch,
                                  const core::Tracks& tracks,
                                  const core::SourceNames& source_names,
                                  base::SystemTime judged_at,
                                  std::size_t first,
                                  std::size_t count) {
    const base::Duration oldest_allowed = core::max_age(plan.schedule, batch, judged_at);
    const base::SystemTime ages_at = core::ages_judged_at(plan.schedule, batch, judged_at);
    core::RemedyNames names = remedy_names(batch.source, source_names);
    const Asides asides(plan, batch, judged_at);
    std::vector<MailboxRow> rows;
    const std::size_t end = first + std::min(count, batch.list.mailboxes.size() - first);
    for (std::size_t i = first; i < end; ++i) {
        MailboxRow row;
        row.address = batch.list.mailboxes[i].address;
        names.address = row.address;
        const core::Subject subject = core::Subject::of_mailbox(batch.source, row.address);
        const std::vector<core::Way> ways = core::required_ways(batch, i, plan.schedule);
        row.state = ways.empty() ? core::State::unknown : core::State::pass;
        for (const core::Way way : ways) {
            const core::Check check = core::check_of(way);
            const core::Track* const track = core::find_track(tracks, {check, subject});
            const bool primary =
                track != nullptr && track->definite && track->definite->facts.contains("primary_address");
            names.primary = primary ? track->definite->facts.at("primary_address") : "";
            row.checks.push_back(
                check_row(check, track, core::judge_track(track, oldest_allowed, judged_at, ages_at), names));
            row.state = worse(row.state, row.checks.back().state);
        }
        asides.note_in(row);
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace mailpreflight::report
