#include "base/text.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"
#include "json/time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::cli {

namespace {

constexpr std::size_t shown_changes = 10;

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
    const auto critical =
        std::count_if(page.drift.begin(), page.drift.end(), [](const api::DriftRow& drift) { return drift.critical; });
    std::string text = Table({"SUBJECT", "CHECK", "RIGHT", "CHANGE", "FIRST SEEN", "INCIDENT"}, rows).text(paper);
    if (critical > 0 && !paper.plain) {
        text += fmt::format("{} critical: a batch is frozen or moves.\n", critical);
    }
    return text + next_page(page.next, paper);
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
        if (incident.critical) {
            text += "  " + painted(paper, Tone::bad, "critical") + ": a batch is frozen or moves\n";
        }
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
            text += wrapped(
                fmt::format("Acknowledged by {}{}: {}",
                            safe(incident.acknowledged_by),
                            incident.acknowledged_until ? " until " + short_time(*incident.acknowledged_until) : "",
                            safe(incident.comment)),
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

std::string render(const api::NoticesResponse& notices, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    std::string text;
    for (const api::NoticeRow& notice : notices.notices) {
        rows.push_back({notice.id,
                        notice.receiver,
                        std::string(core::name_of(notice.state)),
                        std::string(core::name_of(notice.severity)),
                        base::to_rfc3339(notice.at),
                        std::to_string(notice.attempts),
                        notice.title,
                        notice.detail});
        const Tone tone = notice.state == core::OwedState::dead        ? Tone::bad
                          : notice.state == core::OwedState::delivered ? Tone::good
                                                                       : Tone::strong;
        text += fmt::format("{}  {}\n", painted(paper, tone, core::name_of(notice.state)), safe(notice.title));
        text += fmt::format("  {} to {}, {}, planned {}: {}\n",
                            safe(notice.id),
                            safe(notice.receiver),
                            core::name_of(notice.severity),
                            relative(notice.at, now),
                            safe(notice.reason));
        if (notice.state != core::OwedState::delivered && notice.attempts > 0) {
            text += wrapped(fmt::format("tried {}: {}", counted(notice.attempts, "time", "times"), safe(notice.detail)),
                            paper.width,
                            2);
        }
    }
    if (rows.empty()) {
        return paper.plain ? "" : "No notice.\n";
    }
    return paper.plain
               ? Table({"ID", "RECEIVER", "STATE", "SEVERITY", "AT", "ATTEMPTS", "TITLE", "DETAIL"}, rows).text(paper)
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

namespace {

/// "pass (ok)", or what there is of it.
std::string state_of(std::optional<core::State> state, std::optional<core::Cause> cause) {
    return state ? fmt::format("{} ({})", core::name_of(*state), core::code_of(cause.value_or(core::Cause::ok)))
                 : "nothing";
}

std::vector<std::string>
change_row(const api::BaselineChange& change, const std::string& source, base::SystemTime now, const Paper& paper) {
    return {subject_or(change.subject, source),
            way_of(change.check, paper),
            state_of(change.before, change.before_cause),
            state_of(change.now, change.now_cause),
            change.facts.empty() ? "-" : change.facts,
            when(change.since, now, paper)};
}

} // namespace

std::string render(const api::DiffBaselineResponse& page, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    for (const api::BaselineChange& change : page.differences) {
        rows.push_back(change_row(change, page.source, now, paper));
    }
    std::string text = rows.empty()
                           ? ""
                           : Table({"SUBJECT", "CHECK", "BASELINE", "NOW", "FACTS", "SINCE"}, rows).text(paper) +
                                 next_page(page.next, paper);
    if (!paper.plain) {
        text += wrapped(fmt::format("{} otherwise than the baseline says, {} as it says{}.",
                                    counted(page.differ, "check", "checks"),
                                    page.same,
                                    page.too_old == 0 ? ""
                                                      : fmt::format(", {} looked at too long ago to be accepted (look "
                                                                    "again with mailpreflight check)",
                                                                    page.too_old)),
                        paper.width,
                        0);
    }
    return text;
}

std::string render(const api::BaselineHistoryResponse& page, base::SystemTime now, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    std::string text;
    for (const api::AcceptanceRow& acceptance : page.history) {
        rows.push_back({base::to_rfc3339(acceptance.at),
                        acceptance.source,
                        acceptance.scope,
                        std::to_string(acceptance.accepted),
                        std::to_string(acceptance.changed),
                        acceptance.by,
                        acceptance.reason});
        text += fmt::format("{}  {}  {}\n",
                            short_time(acceptance.at),
                            painted(paper, Tone::strong, safe(acceptance.source)),
                            safe(acceptance.by));
        text += wrapped(safe(acceptance.reason), paper.width, 2);
        text += wrapped(fmt::format("{}: {} accepted, {} otherwise than before",
                                    safe(acceptance.scope),
                                    counted(acceptance.accepted, "check", "checks"),
                                    acceptance.changed),
                        paper.width,
                        2);
        std::vector<std::vector<std::string>> changes;
        for (const api::BaselineChange& change : acceptance.changes) {
            if (changes.size() < shown_changes) {
                changes.push_back(change_row(change, acceptance.source, now, paper));
            }
        }
        if (!changes.empty()) {
            text += Table({"SUBJECT", "CHECK", "BEFORE", "ACCEPTED", "FACTS", "SINCE"}, changes).text(paper);
        }
        if (acceptance.changed > changes.size()) {
            text += fmt::format("  and {} more\n", acceptance.changed - changes.size());
        }
        text += "\n";
    }
    if (rows.empty()) {
        return paper.plain ? "" : "Nothing was accepted yet: the baseline is what was first believed.\n";
    }
    if (paper.plain) {
        return Table({"AT", "SOURCE", "SCOPE", "ACCEPTED", "CHANGED", "BY", "REASON"}, rows).text(paper);
    }
    return text + (page.next ? "More: --before " + json::exact_rfc3339(*page.next) + "\n" : "");
}

std::string render(const api::TimelineResponse& page, const Paper& paper) {
    std::vector<std::vector<std::string>> rows;
    for (const api::TimelineRow& row : page.timeline) {
        const std::string by = row.by.empty() ? "" : " (" + row.by + ")";
        rows.push_back({paper.plain ? base::to_rfc3339(row.at) : short_time(row.at), row.kind, row.text + by});
    }
    if (rows.empty()) {
        return paper.plain ? "" : "Nothing is kept of it: nothing happened, or it is older than store.retention.\n";
    }
    if (paper.plain) {
        return Table({"AT", "WHAT", "TEXT"}, rows).text(paper);
    }
    std::string text;
    for (const std::vector<std::string>& row : rows) {
        text += wrapped(fmt::format("{}  {:<11}  {}", row[0], row[1], safe(row[2])), paper.width, 0);
    }
    return text + (page.next ? "More: --before " + json::exact_rfc3339(*page.next) + "\n" : "");
}

std::string render(const api::AcceptBaselineResponse& accepted, const Paper& paper) {
    std::string text = counted(accepted.accepted, "check", "checks") + " accepted as how it should be" +
                       (accepted.changed == 0 ? "" : fmt::format(", {} otherwise than before", accepted.changed)) +
                       ".\n";
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

namespace {

/// When the next login may go, and what else would let it.
std::string next_try(const api::AccountRow& account, base::SystemTime now) {
    if (account.sight.state == api::AccountState::unreadable) {
        return "Next try: when the secret can be read";
    }
    if (!account.next_try && account.other_secret_from && *account.other_secret_from > now) {
        return fmt::format("Next try: {}, at {}, if the secret's content changed by then; earlier only by --force",
                           relative(*account.other_secret_from, now),
                           short_time(*account.other_secret_from));
    }
    if (!account.next_try) {
        return "Next try: when the secret's content changes, or when you say so";
    }
    if (*account.next_try <= now) {
        return "Next try: now, or when it is due";
    }
    return fmt::format("Next try: {}, at {}", relative(*account.next_try, now), short_time(*account.next_try));
}

std::string state_of(const api::SprayBrakeRow& brake) {
    return brake.stopped_at ? "stopped" : brake.succeeded ? "open" : "untried";
}

/// The individual passwords of one source, and what the spray brake makes of them.
std::string individual_passwords(const api::SprayBrakeRow& brake, const Paper& paper) {
    std::string text = fmt::format(
        "{}  {}  {}\n",
        painted(paper, Tone::strong, safe(brake.source)),
        counted(static_cast<std::uint64_t>(brake.passwords), "individual password", "individual passwords"),
        painted(paper, brake.succeeded && !brake.stopped_at ? Tone::good : Tone::doubtful, state_of(brake)));
    if (brake.stopped_at) {
        text +=
            wrapped(fmt::format("The spray brake is on since {}: {}", short_time(*brake.stopped_at), safe(brake.why)),
                    paper.width,
                    2);
    } else if (!brake.succeeded) {
        text += wrapped("None was accepted yet: they go one at a time", paper.width, 2);
    }
    text += wrapped(fmt::format("Refused in a row: {} of at most 5 accounts; of the last {} accounts: {}",
                                brake.refused_in_a_row,
                                brake.newest,
                                brake.refused_of_newest),
                    paper.width,
                    2);
    if (brake.stopped_at) {
        text += "  " + painted(paper, Tone::strong, "then:") + " mailpreflight credential release " +
                safe(brake.source) + "   (after the passwords were mended)\n";
    }
    return text;
}

} // namespace

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
        text += wrapped(fmt::format("Presented {} by this service in 24 h; refused {} of at most {}; last accepted {}",
                                    counted(static_cast<std::uint64_t>(account.presentations), "time", "times"),
                                    account.refusals,
                                    account.most_refusals,
                                    account.accepted_at ? relative(*account.accepted_at, now) : "never"),
                        paper.width,
                        2);
        if (account.refused_at) {
            text += wrapped(fmt::format("Last refused {} by {} of {}: {} ({})",
                                        relative(*account.refused_at, now),
                                        safe(account.refused_door),
                                        safe(account.refused_source),
                                        safe(account.refused_why),
                                        core::code_of(account.refused_cause)),
                            paper.width,
                            2);
            text +=
                wrapped("Evidence: " + (account.refused_evidence.empty() ? "" : safe(account.refused_evidence) + "; ") +
                            "mailpreflight explain " + safe(account.refused_source),
                        paper.width,
                        2);
        }
        text += wrapped(next_try(account, now), paper.width, 2);
        if (account.password_expires) {
            text += wrapped("Password expires " + relative(*account.password_expires, now), paper.width, 2);
        }
        for (const api::DoorRow& door : account.doors) {
            std::string state = door.accepted_at   ? "accepted " + relative(*door.accepted_at, now)
                                : door.why.empty() ? "not accepted yet"
                                                   : "refused";
            state = door.suspect_since ? "suspect since " + short_time(*door.suspect_since) : state;
            state = door.parked_at ? "parked since " + short_time(*door.parked_at) : state;
            if (!door.why.empty()) {
                const bool told = door.parked_at || door.suspect_since || !door.accepted_at;
                state += fmt::format(
                    "{}: {} ({})", told ? "" : ", refused since", safe(door.why), core::code_of(door.cause));
            }
            text +=
                wrapped(fmt::format("Door {} of {}: {}", safe(door.door), safe(door.source), state), paper.width, 2);
        }
        const bool waits = account.next_try && *account.next_try > now;
        if (account.sight.state == api::AccountState::parked || waits) {
            const bool other_waits = account.other_secret_from && *account.other_secret_from > now;
            const bool by_force = waits || other_waits || account.refusals >= account.most_refusals;
            text += "  " + painted(paper, Tone::strong, "then:") + " mailpreflight credential retry " +
                    safe(account.sight.name) + (by_force ? " --force   (it may lock the account)" : "") + "\n";
        }
        text += "\n";
    }
    for (const api::SprayBrakeRow& brake : accounts.spray_brakes) {
        rows.push_back({brake.source,
                        fmt::format("{} individual passwords", brake.passwords),
                        state_of(brake),
                        std::to_string(brake.refused_of_newest),
                        brake.why});
        text += individual_passwords(brake, paper) + "\n";
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
