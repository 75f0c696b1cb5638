#include "base/text.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::cli {

namespace {

/// How long ago for people, when for machines.
std::string when(base::SystemTime time, base::SystemTime now, const Paper& paper) {
    return paper.plain ? base::to_rfc3339(time) : relative(time, now);
}

/// "impersonation": in a table of mailboxes the prefix tells nothing and the address needs the room.
std::string way_of(core::Check check, const Paper& paper) {
    constexpr std::string_view prefix = "mailbox.";
    const std::string_view name = core::name_of(check);
    return std::string(!paper.plain && name.starts_with(prefix) ? name.substr(prefix.size()) : name);
}

/// The row's source stands for a subject that is the source itself.
std::string subject_or(const std::string& subject, const std::string& source) {
    return subject.empty() ? source : subject;
}

std::string next_page(const std::string& next, const Paper& paper) {
    return next.empty() || paper.plain ? "" : "More: --after '" + safe(next) + "', or --all\n";
}

} // namespace

std::string render(const api::MailboxesResponse& page, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    for (const api::MailboxRow& mailbox : page.mailboxes) {
        const std::string batches = base::join(mailbox.batches, ",");
        if (mailbox.checks.empty()) {
            rows.push_back({mailbox.address, batches, "-", "unknown", "never_looked_at", "-"});
        }
        for (const api::MailboxCheck& check : mailbox.checks) {
            rows.push_back({mailbox.address,
                            batches,
                            way_of(check.check, paper),
                            std::string(core::name_of(check.state)),
                            std::string(core::code_of(check.cause)),
                            check.at ? when(*check.at, now, paper) : "-"});
        }
    }
    if (rows.empty()) {
        return paper.plain ? "" : "No mailbox fits.\n";
    }
    return Table({"MAILBOX", "BATCH", "CHECK", "STATE", "CAUSE", "SEEN"}, rows).text(paper) +
           next_page(page.next, paper);
}

std::string render(const api::DriftResponse& page, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    for (const api::DriftRow& drift : page.drift) {
        rows.push_back({subject_or(drift.subject, drift.source),
                        way_of(drift.check, paper),
                        std::string(core::name_of(drift.direction)),
                        fmt::format("{} -> {}", core::code_of(drift.before_cause), core::code_of(drift.after_cause)),
                        when(drift.first_seen, now, paper),
                        drift.incident});
    }
    if (rows.empty()) {
        return paper.plain ? "" : "No drift: everything is as the baseline says.\n";
    }
    return Table({"SUBJECT", "CHECK", "RIGHT", "CHANGE", "FIRST SEEN", "INCIDENT"}, rows).text(paper) +
           next_page(page.next, paper);
}

std::string render(const api::IncidentsResponse& incidents, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    std::string text;
    for (const api::IncidentRow& incident : incidents.incidents) {
        rows.push_back({incident.id,
                        std::string(core::name_of(incident.state)),
                        incident.source,
                        std::string(core::code_of(incident.cause)),
                        std::string(core::name_of(incident.direction)),
                        std::to_string(incident.subjects),
                        base::to_rfc3339(incident.opened_at)});
        const bool resolved = incident.state == core::IncidentState::resolved;
        text += fmt::format("{}  {} {} on {}: {}, opened {}\n",
                            painted(paper, resolved ? Tone::good : Tone::bad, safe(incident.id)),
                            core::code_of(incident.cause),
                            core::name_of(incident.direction),
                            safe(incident.source),
                            core::name_of(incident.state),
                            relative(incident.opened_at, now));
        // Of a resolved one what counts is how many it was, not how many came back last.
        std::string subjects = resolved ? counted(incident.peak, "subject", "subjects") + " at most"
                                        : counted(incident.subjects, "subject", "subjects");
        if (!incident.examples.empty()) {
            subjects += ", for example " + safe(incident.examples.front());
        }
        for (const api::BatchCount& batch : resolved ? std::vector<api::BatchCount>{} : incident.batches) {
            subjects += fmt::format("; {} of batch {}", batch.count, safe(batch.batch));
        }
        text += wrapped(subjects, paper.width, 2);
        text += wrapped(safe(incident.sentence), paper.width, 2);
        if (!incident.remedy.empty() && !resolved) {
            text += "  " + painted(paper, Tone::strong, "mend:") + " " + safe(incident.remedy) + "\n";
        }
        if (!incident.acknowledged_by.empty()) {
            text +=
                wrapped(fmt::format("Acknowledged by {}: {}", safe(incident.acknowledged_by), safe(incident.comment)),
                        paper.width,
                        2);
        }
        text += "\n";
    }
    if (rows.empty()) {
        return paper.plain ? "" : "No incident.\n";
    }
    return paper.plain ? Table({"ID", "STATE", "SOURCE", "CAUSE", "RIGHT", "SUBJECTS", "OPENED"}, rows).text(paper)
                       : text;
}

std::string render(const api::BaselineResponse& page, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    for (const api::BaselineRow& entry : page.baseline) {
        rows.push_back({subject_or(entry.subject, entry.source),
                        way_of(entry.check, paper),
                        std::string(core::name_of(entry.state)),
                        std::string(core::code_of(entry.cause)),
                        when(entry.at, now, paper),
                        entry.provisional ? "provisional" : entry.accepted_by + ": " + entry.reason});
    }
    if (rows.empty()) {
        return paper.plain ? "" : "The baseline is empty.\n";
    }
    return Table({"SUBJECT", "CHECK", "STATE", "CAUSE", "SINCE", "ACCEPTED"}, rows).text(paper) +
           next_page(page.next, paper);
}

std::string render(const api::AcceptBaselineResponse& accepted, const Paper& paper) {
    std::string text = counted(accepted.accepted, "check", "checks") + " accepted as how it should be.\n";
    if (accepted.too_old > 0) {
        text += fmt::format("{} not accepted, because the last look is too old. Look again with mailpreflight check:\n",
                            counted(accepted.too_old, "check", "checks"));
        for (const api::RefusedSubject& refused : accepted.refused) {
            text +=
                cut(fmt::format("  {}  {}", safe(refused.subject), core::name_of(refused.check)), paper.width) + "\n";
        }
    }
    return text;
}

std::string render(const api::AccountsResponse& accounts, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    std::string text;
    for (const api::AccountRow& account : accounts.accounts) {
        rows.push_back({account.sight.name,
                        account.username,
                        std::string(name_of(account.sight.state)),
                        std::to_string(account.refusals),
                        account.sight.why});
        const bool good = account.sight.state == api::AccountState::proven;
        text += fmt::format("{}  {}  {}\n",
                            painted(paper, Tone::strong, safe(account.sight.name)),
                            safe(account.username),
                            painted(paper, good ? Tone::good : Tone::doubtful, name_of(account.sight.state)));
        text += wrapped(words_for(account.sight), paper.width, 2);
        text += wrapped(fmt::format("Refused {} of at most {} times in 24 h; last accepted {}",
                                    account.refusals,
                                    account.most_refusals,
                                    account.accepted_at ? relative(*account.accepted_at, now) : "never"),
                        paper.width,
                        2);
        if (account.password_expires) {
            text += wrapped("Password expires " + relative(*account.password_expires, now), paper.width, 2);
        }
        for (const api::DoorRow& door : account.doors) {
            std::string state = door.accepted_at ? "accepted " + relative(*door.accepted_at, now) : "never accepted";
            state = door.suspect_since ? "suspect since " + short_time(*door.suspect_since) : state;
            state = door.parked_at ? "parked since " + short_time(*door.parked_at) : state;
            text += wrapped(fmt::format("Door {} of {}: {}{}",
                                        safe(door.door),
                                        safe(door.source),
                                        state,
                                        door.why.empty() ? "" : ": " + safe(door.why)),
                            paper.width,
                            2);
        }
        const bool retry_helps =
            account.sight.state == api::AccountState::parked || account.sight.state == api::AccountState::locked;
        if (retry_helps) {
            text += "  " + painted(paper, Tone::strong, "then:") + " mailpreflight credential retry " +
                    safe(account.sight.name) + "\n";
        }
        text += "\n";
    }
    if (rows.empty()) {
        return paper.plain ? "" : "No account is configured.\n";
    }
    return paper.plain ? Table({"ACCOUNT", "USER", "STATE", "REFUSALS", "WHY"}, rows).text(paper) : text;
}

std::string render(const api::ReloadResponse& reloaded, const Paper& paper) {
    std::string text = reloaded.changed ? "Reloaded.\n" : "Reloaded; nothing changed.\n";
    for (const std::string& change : reloaded.changes) {
        text += wrapped(safe(change), paper.width, 2);
    }
    for (const std::string& warning : reloaded.warnings) {
        text += painted(paper, Tone::doubtful, "warning") + ": " + safe(warning) + "\n";
    }
    return text;
}

std::string render(const api::Problem& problem, const Paper& paper) {
    std::string text = safe(problem.title);
    if (!problem.detail.empty()) {
        text += ": " + safe(problem.detail);
    }
    if (!problem.instance.empty()) {
        text += " (" + safe(problem.instance) + ")";
    }
    text += "\n";
    for (const std::string& one : problem.problems) {
        text += painted(paper, Tone::faint, "  - ") + safe(one) + "\n";
    }
    return text;
}

} // namespace mailpreflight::cli
