#include "report/make.hpp"

#include "core/ending.hpp"
#include "core/standing.hpp"
#include "report/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <stdexcept>

namespace mailpreflight::report {

namespace {

// A source has tens; a server that makes names up must not fill the report.
constexpr std::size_t most_servers = 500;

Finding finding_of(Weight weight, const core::Finding& found, const std::string& zone, const Setting& setting) {
    const core::CauseInfo& info = core::info(found.cause);
    std::string why = found.why;
    if (found.ends_at) {
        why += ": " + setting.local_time(*found.ends_at, zone);
    }
    if (!found.extent.empty()) {
        why += (why.empty() ? "" : "; ") + found.extent;
    }
    if (found.in_common) {
        why += (why.empty() ? "" : "; ") + ("in common: " + core::to_text(*found.in_common));
    }
    return {weight,
            found.check,
            found.cause,
            std::string(info.sentence),
            std::move(why),
            found.count,
            found.examples,
            info.mender,
            found.remedy,
            found.ends_at};
}

std::vector<Finding> all_findings(const core::Readiness& readiness, const std::string& zone, const Setting& setting) {
    std::vector<Finding> findings;
    const auto add = [&](Weight weight, const std::vector<core::Finding>& found) {
        for (const core::Finding& finding : found) {
            findings.push_back(finding_of(weight, finding, zone, setting));
        }
    };
    add(Weight::blocker, readiness.blockers);
    add(Weight::unknown, readiness.unknowns);
    add(Weight::warning, readiness.warnings);
    return findings;
}

core::State state_of(Weight weight) {
    switch (weight) {
    case Weight::blocker:
        return core::State::fail;
    case Weight::unknown:
        return core::State::unknown;
    case Weight::warning:
        return core::State::warn;
    }
    throw std::logic_error("no such weight");
}

bool is_of_source(const Finding& finding) {
    return !core::is_about_mailbox(finding.check) &&
           (finding.check != core::Check::source_watch || core::is_about_batch(finding.cause));
}

CheckRow row_of(const Finding& finding) {
    CheckRow row;
    row.check = finding.check;
    row.state = state_of(finding.weight);
    row.cause = finding.cause;
    row.detail = finding.why;
    if (finding.cause == core::Cause::list_invalid && !finding.examples.empty()) {
        row.detail = finding.examples.front();
    }
    row.remedy = finding.remedy;
    return row;
}

/// The source's checks as the verdict takes them: what was found of a check, else what is believed of it. What is no
/// requirement is told, too.
std::vector<CheckRow> source_rows(const core::Plan& plan,
                                  const core::Batch& batch,
                                  const core::Tracks& tracks,
                                  const std::vector<Finding>& findings,
                                  const Setting& setting,
                                  base::SystemTime judged_at) {
    std::vector<CheckRow> rows;
    const std::vector<core::Check> required = core::required_source_checks(batch);
    const core::Subject subject = core::Subject::of_source(batch.source);
    for (const core::Check check : core::all_checks) {
        const bool is_required = std::find(required.begin(), required.end(), check) != required.end();
        const core::Track* const track = core::find_track(tracks, {check, subject});
        const std::size_t before = rows.size();
        for (const Finding& finding : findings) {
            if (finding.check == check && is_of_source(finding)) {
                rows.push_back(row_of(finding));
                rows.back().required = is_required || finding.weight != Weight::warning;
                if (track != nullptr && track->definite) {
                    rows.back().at = track->definite->at;
                }
            }
        }
        const bool seen = track != nullptr && track->latest;
        if (rows.size() == before && !core::is_about_mailbox(check) && (is_required || seen)) {
            rows.push_back(check_row(check,
                                     track,
                                     core::judge_track(track, core::max_age_of(plan.schedule, check), judged_at),
                                     remedy_names(batch.source, setting.names)));
            rows.back().required = is_required;
        }
    }
    return rows;
}

std::vector<std::string> turns_of(const Head& head, const core::Schedule& schedule) {
    const std::size_t blockers = count_of(head, Weight::blocker);
    const std::size_t unknowns = count_of(head, Weight::unknown);
    const std::string age = base::to_text(head.max_age);
    switch (head.verdict) {
    case core::Verdict::no_go: {
        std::vector<std::string> turns{
            fmt::format("It becomes GO when {} seen good twice, at least {} apart.",
                        blockers == 1 ? "its blocker is mended and"
                                      : fmt::format("its {} blockers are mended and each is", blockers),
                        base::to_text(schedule.confirm_after))};
        if (unknowns > 0) {
            turns.push_back(fmt::format("Then {} must be found out, too; until that it is UNKNOWN.",
                                        unknowns == 1 ? "what is unknown" : "all that is unknown"));
        }
        return turns;
    }
    case core::Verdict::unknown:
        return {"It becomes GO when everything that is unknown was looked at and passes.",
                "It becomes NO-GO when a required check fails and a second look agrees."};
    case core::Verdict::go:
        return {"It becomes NO-GO when a required check fails and a second look agrees, or when something that a login "
                "rests on ends before the window is over.",
                fmt::format("It becomes UNKNOWN when the last look at a mailbox is older than {}.", age)};
    }
    throw std::logic_error("no such verdict");
}

/// The names that the source's servers gave themselves in their answers, each once.
std::vector<std::string> servers_of(const core::Tracks& tracks, const std::string& source) {
    std::set<std::string> names;
    const auto note = [&](const std::string& front_end, const std::string& back_end) {
        names.insert(front_end);
        names.insert(back_end);
    };
    for (const auto& [key, track] : tracks) {
        if (key.subject.source != source) {
            continue;
        }
        const core::Observation* noted = nullptr; // of most mailboxes the three are one
        for (const core::KeptLook* const look : {&track.latest, &track.definite, &track.confirmed}) {
            if (*look && &**look != noted) {
                noted = &**look;
                note(noted->evidence.front_end, noted->evidence.back_end);
            }
        }
        for (const core::Answer& answer : track.answers) {
            note(answer.front_end, answer.back_end);
        }
    }
    names.erase("");
    const std::size_t kept = std::min(names.size(), most_servers);
    return {names.begin(), std::next(names.begin(), static_cast<std::ptrdiff_t>(kept))};
}

/// What each report leaves open (DESIGN 2.9).
std::vector<std::string> not_tested(const core::Batch& batch, const core::Schedule& schedule) {
    std::vector<std::string> sentences;
    for (const core::Way way : {core::Way::impersonation, core::Way::full_access, core::Way::owa}) {
        if (std::find(batch.prove.begin(), batch.prove.end(), way) == batch.prove.end()) {
            sentences.push_back(fmt::format("{}: the batch does not require it.", core::name_of(core::check_of(way))));
        }
    }
    const bool sampled = batch.prove.size() > 1 &&
                         std::find(batch.prove.begin(), batch.prove.end(), core::Way::owa) != batch.prove.end() &&
                         batch.list.mailboxes.size() > static_cast<std::size_t>(schedule.owa_sample);
    if (sampled) {
        sentences.push_back(fmt::format("{}: only the first {} mailboxes of the list were opened by it.",
                                        core::name_of(core::Check::mailbox_owa),
                                        schedule.owa_sample));
    }
    sentences.emplace_back("Messages: none was read. Of a mailbox only the root of its folders was opened.");
    sentences.emplace_back("Throughput, and how much there is to move.");
    sentences.emplace_back("The destination, and the way from any other host than this one.");
    return sentences;
}

} // namespace

Head make_head(const core::Plan& plan,
               const core::Batch& batch,
               const core::Tracks& tracks,
               const core::Readiness& readiness,
               const Setting& setting) {
    Head head;
    head.version = setting.version;
    head.batch = batch.name;
    head.source = batch.source;
    head.url = setting.url;
    head.login = {setting.names.account_name, setting.names.account, setting.names.upn};
    head.verdict = readiness.verdict;
    head.state = core::state_of(plan.schedule, batch, readiness.judged_at);
    head.judged_at = readiness.judged_at;
    if (batch.window) {
        const core::Window& window = *batch.window;
        head.window = Window{window.start,
                             window.end,
                             window.zone,
                             setting.local_time(window.start, window.zone),
                             setting.local_time(window.end, window.zone)};
    }
    head.mailboxes = readiness.mailboxes;
    head.passed = readiness.passed;
    head.failed = readiness.failed;
    head.unknown = readiness.unknown;
    head.excepted = readiness.excepted;
    head.moved = readiness.moved;
    head.oldest = readiness.oldest;
    head.max_age = core::max_age(plan.schedule, batch, readiness.judged_at);
    head.findings = all_findings(readiness, batch.window ? batch.window->zone : "UTC", setting);
    head.turns = turns_of(head, plan.schedule);
    for (const core::Ending& ending : core::known_endings(tracks, batch.source)) {
        head.endings.push_back({ending.check, ending.cause, ending.at});
    }
    head.source_checks = source_rows(plan, batch, tracks, head.findings, setting, readiness.judged_at);
    head.servers = servers_of(tracks, batch.source);
    head.vantage = setting.vantage;
    head.not_tested = not_tested(batch, plan.schedule);
    return head;
}

} // namespace mailpreflight::report
