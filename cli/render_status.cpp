#include "base/text.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"
#include "config/local_time.hpp"

#include <fmt/format.h>

namespace mailpreflight::cli {

namespace {

/// Why, in the window's zone.
std::string why_of(const core::Finding& finding, const std::string& zone) {
    return finding.ends_at ? fmt::format("{}: {}", finding.why, config::local_text(*finding.ends_at, zone))
                           : finding.why;
}

std::string finding_text(const core::Finding& finding, const std::string& zone, Tone tone, const Paper& paper) {
    std::string head = fmt::format(
        "{}: {}", core::name_of(finding.check), core::subjects_of(finding.check, finding.cause, finding.count));
    if (!finding.examples.empty()) {
        head += ", for example " + safe(finding.examples.front());
    }
    std::string text = "    " + painted(paper, tone, core::code_of(finding.cause)) + "  " + head + "\n";
    const auto sentence = std::string(core::info(finding.cause).sentence);
    text +=
        wrapped(finding.why.empty() ? sentence : sentence + " (" + safe(why_of(finding, zone)) + ")", paper.width, 6);
    if (!finding.extent.empty()) {
        text += wrapped(safe(finding.extent), paper.width, 6);
    }
    if (finding.in_common) {
        text += wrapped("in common: " + safe(core::to_text(*finding.in_common)), paper.width, 6);
    }
    if (!finding.remedy.empty()) {
        text += "      " + painted(paper, Tone::strong, "mend:") + " " + safe(finding.remedy) + "\n";
    }
    return text;
}

std::string findings_text(std::string_view title,
                          const std::vector<core::Finding>& findings,
                          const std::string& zone,
                          Tone tone,
                          const Paper& paper) {
    if (findings.empty()) {
        return "";
    }
    std::string text = fmt::format("  {}\n", title);
    for (const core::Finding& finding : findings) {
        text += finding_text(finding, zone, tone, paper);
    }
    return text;
}

std::string batch_text(const api::BatchStatus& batch, base::SystemTime now, const Paper& paper) {
    const core::Readiness& r = batch.readiness;
    std::string text = fmt::format("{}  {}\n",
                                   painted(paper, Tone::strong, safe(r.batch)),
                                   painted(paper, tone_of(r.verdict), verdict_words(batch)));
    std::string counts = fmt::format("{} on {}: {} passed, {} failed, {} unknown",
                                     counted(r.mailboxes, "mailbox", "mailboxes"),
                                     safe(r.source),
                                     r.passed,
                                     r.failed,
                                     r.unknown);
    if (r.moved > 0) {
        counts += fmt::format(", {} moved", r.moved);
    }
    if (r.oldest && batch.state != core::BatchState::done) {
        counts += fmt::format("; oldest look {} (at most {} counts)", relative(*r.oldest, now), about(batch.max_age));
    }
    text += wrapped(counts, paper.width, 2);
    text += wrapped(words_for(batch, now), paper.width, 2);
    const std::string zone = batch.window ? batch.window->zone : "UTC";
    text += findings_text("Blockers", r.blockers, zone, Tone::bad, paper);
    text += findings_text("Unknown", r.unknowns, zone, Tone::doubtful, paper);
    text += findings_text("Warnings", r.warnings, zone, Tone::doubtful, paper);
    if (!r.not_tested.empty()) {
        text += wrapped("Not tested: " + safe(base::join(r.not_tested, ", ")), paper.width, 2);
    }
    return text;
}

std::string check_text(const api::SourceCheck& check, base::SystemTime now, const Paper& paper) {
    const auto shown = check.latest ? *check.latest : api::Look{};
    std::string text = fmt::format("    {}  {}",
                                   padded(std::string(core::name_of(check.check)), 16),
                                   painted(paper, tone_of(shown.state), core::name_of(shown.state)));
    if (!check.latest) {
        return text + "  not looked at yet\n";
    }
    text += "  " + relative(shown.at, now);
    if (shown.state != core::State::pass) {
        text += fmt::format("  {}", core::code_of(shown.cause));
    }
    text += "\n";
    if (shown.state != core::State::pass && !shown.detail.empty()) {
        text += wrapped(safe(shown.detail), paper.width, 6);
    }
    if (check.confirmed && check.confirmed->state != shown.state) {
        text += wrapped(fmt::format("believed: {} since {}",
                                    core::name_of(check.confirmed->state),
                                    relative(check.confirmed->at, now)),
                        paper.width,
                        6);
    }
    return text;
}

std::string source_text(const api::SourceStatus& source, base::SystemTime now, const Paper& paper) {
    std::string text = fmt::format("{}  {}\n", painted(paper, Tone::strong, safe(source.name)), safe(source.url));
    std::string work = counted(source.mailboxes, "mailbox", "mailboxes");
    work += source.last_sweep ? "; last full pass began " + relative(*source.last_sweep, now) : "; no full pass yet";
    if (source.queued + source.in_flight > 0) {
        work += fmt::format("; {} checks wait, {} in flight", source.queued, source.in_flight);
    }
    text += wrapped(work, paper.width, 2);
    if (source.paused_until) {
        text += wrapped(fmt::format("Paused until {}: {}", short_time(*source.paused_until), safe(source.paused_why)),
                        paper.width,
                        2);
    }
    if (!source.account.name.empty()) {
        text += wrapped(
            fmt::format("Account {}: {}", safe(source.account.name), words_for(source.account)), paper.width, 2);
    }
    for (const api::SourceCheck& check : source.checks) {
        text += check_text(check, now, paper);
    }
    return text;
}

/// Nothing where it was told everything.
std::string receiver_text(const api::ReceiverStatus& receiver, base::SystemTime now, const Paper& paper) {
    std::vector<std::string> troubles;
    if (!receiver.problem.empty()) {
        troubles.push_back("cannot be used: " + safe(receiver.problem));
    }
    if (receiver.owed > 0) {
        troubles.push_back(counted(receiver.owed, "notice", "notices") + " owed");
        if (receiver.owed_since) {
            troubles.back() += ", the oldest " + relative(*receiver.owed_since, now);
        }
    }
    if (receiver.dead > 0) {
        troubles.push_back(counted(receiver.dead, "notice", "notices") + " given up");
    }
    return troubles.empty() ? ""
                            : wrapped(fmt::format("{} {}: {}: mailpreflight notices",
                                                  painted(paper, Tone::bad, "Receiver"),
                                                  safe(receiver.name),
                                                  base::join(troubles, "; ")),
                                      paper.width,
                                      0);
}

std::string plain_text(const api::StatusResponse& status) {
    std::string text;
    for (const api::BatchStatus& batch : status.batches) {
        const auto& r = batch.readiness;
        text += fmt::format("batch\t{}\t{}\t{}\t{}\t{}\t{}\n",
                            safe(r.batch),
                            verdict_words(batch),
                            r.mailboxes,
                            r.passed,
                            r.failed,
                            r.unknown);
        for (const core::Finding& finding : r.blockers) {
            text += fmt::format("blocker\t{}\t{}\t{}\t{}\t{}\n",
                                safe(r.batch),
                                core::code_of(finding.cause),
                                finding.count,
                                finding.examples.empty() ? "" : safe(finding.examples.front()),
                                safe(finding.remedy));
        }
    }
    for (const api::SourceStatus& source : status.sources) {
        for (const api::SourceCheck& check : source.checks) {
            const auto look = check.latest ? *check.latest : api::Look{};
            text += fmt::format("source\t{}\t{}\t{}\t{}\n",
                                safe(source.name),
                                core::name_of(check.check),
                                core::name_of(look.state),
                                core::code_of(look.cause));
        }
    }
    for (const api::ReceiverStatus& receiver : status.receivers) {
        text += fmt::format(
            "receiver\t{}\t{}\t{}\t{}\n", safe(receiver.name), receiver.owed, receiver.dead, safe(receiver.problem));
    }
    return text;
}

} // namespace

std::string words_for(const api::AccountSight& account) {
    std::string words(name_of(account.state));
    if (account.since) {
        words += " since " + short_time(*account.since);
    }
    if (account.until) {
        words += " until " + short_time(*account.until);
    }
    return account.why.empty() ? words : words + ": " + safe(account.why);
}

std::string render(const api::StatusResponse& status, const Paper& paper) {
    if (paper.plain) {
        return plain_text(status);
    }
    std::string text;
    if (!status.degraded.empty()) {
        text += painted(paper, Tone::bad, "DEGRADED") + "  " + safe(status.degraded) + "\n\n";
    }
    for (const api::BatchStatus& batch : status.batches) {
        text += batch_text(batch, status.now, paper) + "\n";
    }
    if (status.batches.empty()) {
        text += "No batch is configured.\n\n";
    }
    for (const api::SourceStatus& source : status.sources) {
        text += source_text(source, status.now, paper) + "\n";
    }
    for (const api::ReceiverStatus& receiver : status.receivers) {
        text += receiver_text(receiver, status.now, paper);
    }
    if (status.open_incidents > 0) {
        text += counted(status.open_incidents, "open incident", "open incidents") + ": mailpreflight incidents\n";
    }
    text += wrapped(fmt::format("Seen from {} as {} by mailpreflight {}, up {}.",
                                safe(status.vantage.host),
                                safe(status.vantage.user_agent),
                                safe(status.version),
                                about(status.now - status.started_at)),
                    paper.width,
                    0);
    return text;
}

} // namespace mailpreflight::cli
