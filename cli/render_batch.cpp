#include "base/text.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"
#include "config/local_time.hpp"

#include <fmt/format.h>

namespace mailpreflight::cli {

namespace {

constexpr std::size_t most_domains = 10;
constexpr std::size_t most_problems = 100;

std::string in_zone(base::SystemTime time, const std::string& zone) {
    const std::string utc = short_time(time);
    return zone.empty() || zone == "UTC" ? utc : fmt::format("{} ({})", safe(config::local_text(time, zone)), utc);
}

std::string exception_text(const api::ExceptionRow& row, const std::string& zone, base::SystemTime now) {
    const std::string end = row.in_force
                                ? fmt::format("until {}, {}", in_zone(row.ends_at, zone), relative(row.ends_at, now))
                            : row.withdrawn_by.empty()
                                ? fmt::format("ended {}", in_zone(row.ends_at, zone))
                                : fmt::format("withdrawn {} by {}", in_zone(row.ends_at, zone), safe(row.withdrawn_by));
    return fmt::format(
        "{}: {}; by {} at {}: {}", safe(row.address), end, safe(row.by), short_time(row.at), safe(row.reason));
}

std::string list_text(const api::BatchResponse& batch, const Paper& paper) {
    std::string text;
    if (!batch.list_problems.empty()) {
        text += "  " + painted(paper, Tone::bad, "The list is bad") +
                (batch.list_digest.empty() ? "\n" : "; the last good one stays in force\n");
        for (const std::string& problem : batch.list_problems) {
            text += wrapped(safe(problem), paper.width, 4);
        }
    }
    if (const auto& pending = batch.pending) {
        const std::string name = safe(batch.status.readiness.batch);
        text += "  " + painted(paper, Tone::doubtful, "A list waits to be confirmed") + "\n";
        text +=
            wrapped(fmt::format("Read at {}: {} rows, drops {} (for example {}), adds {}. The last good list stays in "
                                "force.",
                                short_time(pending->read_at),
                                pending->rows,
                                pending->dropped,
                                safe(base::join(pending->dropped_examples, ", ")),
                                pending->added),
                    paper.width,
                    4);
        text += "    " + painted(paper, Tone::strong, "then:") + " mailpreflight batch confirm " + name + "\n";
    }
    return text;
}

std::string plain_text(const api::BatchResponse& batch) {
    const core::Readiness& r = batch.status.readiness;
    std::string text = fmt::format("batch\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                                   safe(r.batch),
                                   core::name_of(batch.status.state),
                                   core::name_of(r.verdict),
                                   r.mailboxes,
                                   r.passed,
                                   r.failed,
                                   r.unknown,
                                   r.excepted,
                                   r.moved);
    for (const api::ExceptionRow& row : batch.exceptions) {
        text += fmt::format("exception\t{}\t{}\t{}\t{}\t{}\n",
                            safe(row.address),
                            row.in_force ? "in force" : "ended",
                            base::to_rfc3339(row.ends_at),
                            safe(row.by),
                            safe(row.reason));
    }
    for (const std::string& problem : batch.list_problems) {
        text += fmt::format("list\t{}\n", safe(problem));
    }
    return text;
}

} // namespace

std::string words_for(const api::BatchStatus& batch, base::SystemTime now) {
    std::string text(core::name_of(batch.state));
    if (!batch.window) {
        return text + "; no window yet";
    }
    const api::WindowTimes& window = *batch.window;
    text += fmt::format("; window {} to {}", in_zone(window.start, window.zone), in_zone(window.end, window.zone));
    if (now < window.start) {
        text += ", begins " + relative(window.start, now);
    } else if (now < window.end) {
        text += ", ends " + relative(window.end, now);
    }
    return text;
}

std::string verdict_words(const api::BatchStatus& batch) {
    return batch.state == core::BatchState::done ? "done" : core::words_for(batch.readiness);
}

std::string render(const api::BatchResponse& batch, const Paper& paper) {
    if (paper.plain) {
        return plain_text(batch);
    }
    const core::Readiness& r = batch.status.readiness;
    const std::string zone = batch.status.window ? batch.status.window->zone : "";
    std::string text = fmt::format("{}  {}\n",
                                   painted(paper, Tone::strong, safe(r.batch)),
                                   painted(paper, tone_of(r.verdict), verdict_words(batch.status)));
    text += wrapped("State: " + words_for(batch.status, batch.now), paper.width, 2);
    text += wrapped(fmt::format("{} on {} to {}, by {}",
                                counted(r.mailboxes, "mailbox", "mailboxes"),
                                safe(r.source),
                                safe(batch.destination),
                                safe(base::join(batch.prove, " and "))),
                    paper.width,
                    2);
    text += wrapped(fmt::format("{} passed, {} failed, {} unknown, {} excepted, {} moved",
                                r.passed,
                                r.failed,
                                r.unknown,
                                r.excepted,
                                r.moved),
                    paper.width,
                    2);
    if (batch.status.state != core::BatchState::done) {
        std::string pace = fmt::format(
            "Sweeps every {}; a look counts for {}", about(batch.sweep_interval), about(batch.status.max_age));
        if (!batch.held_by.empty()) {
            pace += fmt::format("; they wait while {} moves: canaries only", safe(batch.held_by));
        }
        text += wrapped(pace, paper.width, 2);
    }
    text += list_text(batch, paper);
    if (!batch.exceptions.empty()) {
        text += "  Exceptions\n";
    }
    for (const api::ExceptionRow& row : batch.exceptions) {
        text += wrapped(exception_text(row, zone, batch.now), paper.width, 4);
    }
    if (batch.done_at) {
        text += wrapped(fmt::format("Done since {}{}",
                                    in_zone(*batch.done_at, zone),
                                    batch.done_by.empty() ? "" : ", said " + safe(batch.done_by)),
                        paper.width,
                        2);
    }
    if (batch.forgotten_at) {
        text += wrapped(fmt::format("Its addresses were forgotten at {}, by {}: take it out of the configuration",
                                    short_time(*batch.forgotten_at),
                                    safe(batch.forgotten_by)),
                        paper.width,
                        2);
    }
    return text;
}

std::string render(const api::ExceptResponse& excepted, const Paper& paper) {
    const api::ExceptionRow& row = excepted.exception;
    if (!row.in_force) {
        return wrapped(fmt::format("{} counts again in {}.", safe(row.address), safe(excepted.batch)), paper.width, 0);
    }
    const bool shortened = row.ends_at < row.until;
    return wrapped(fmt::format("{} is excepted from {} until {}{}.",
                               safe(row.address),
                               safe(excepted.batch),
                               in_zone(row.ends_at, excepted.zone),
                               shortened ? ", when the window ends" : ""),
                   paper.width,
                   0);
}

std::string render(const api::ConfirmBatchResponse& confirmed, const Paper& paper) {
    return wrapped(fmt::format("The new list of {} is in force: {}, {} dropped, {} added.",
                               safe(confirmed.batch),
                               counted(confirmed.mailboxes, "mailbox", "mailboxes"),
                               confirmed.dropped,
                               confirmed.added),
                   paper.width,
                   0);
}

std::string render(const api::DoneBatchResponse& done, const Paper& paper) {
    return wrapped(safe(done.text) + ".", paper.width, 0);
}

std::string render(const api::ForgetBatchResponse& forgotten, const Paper& paper) {
    std::string text = fmt::format("{} of {} {} forgotten",
                                   counted(forgotten.addresses, "address", "addresses"),
                                   safe(forgotten.batch),
                                   forgotten.addresses == 1 ? "is" : "are");
    if (forgotten.kept > 0) {
        text += fmt::format("; {} stay for another batch", forgotten.kept);
    }
    return wrapped(text + ". The list file is yours to delete.", paper.width, 0);
}

std::string render(const ListFindings& found, const core::MailboxList& list, const Paper& paper) {
    std::string text =
        fmt::format("{}: {}\n", safe(found.file), counted(list.mailboxes.size(), "mailbox", "mailboxes"));
    std::size_t shown = 0;
    for (const auto& [domain, count] : found.domains) {
        if (shown++ < most_domains) {
            text += fmt::format("  @{}  {}\n", safe(domain), count);
        }
    }
    if (found.domains.size() > most_domains) {
        text += fmt::format("  and {} more domains\n", found.domains.size() - most_domains);
    }
    for (const auto& [name, label] : found.labels) {
        text += wrapped(fmt::format("label {}: {} rows have it, {} different values, for example {}",
                                    safe(name),
                                    label.filled,
                                    label.distinct,
                                    safe(label.example)),
                        paper.width,
                        2);
    }
    for (std::size_t i = 0; i < list.problems.size() && i < most_problems; ++i) {
        const core::ListProblem& problem = list.problems[i];
        text += painted(paper, Tone::bad, problem.line > 0 ? fmt::format("line {}", problem.line) : "list") + ": " +
                safe(problem.text) + "\n";
    }
    if (list.problems.size() > most_problems) {
        text += fmt::format("and {} more bad rows\n", list.problems.size() - most_problems);
    }
    return text;
}

} // namespace mailpreflight::cli
