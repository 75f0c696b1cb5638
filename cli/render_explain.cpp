#include "base/text.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::cli {

namespace {

std::string evidence_text(std::string_view title, const std::optional<core::Observation>& seen, const Paper& paper) {
    if (!seen) {
        return "";
    }
    const core::Evidence& e = seen->evidence;
    std::string text = fmt::format("{} {}: {}", title, short_time(seen->at), core::code_of(seen->cause));
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            text += fmt::format("; {} {}", name, safe(value));
        }
    };
    add("saw", seen->detail);
    add("URL", e.url);
    add("HTTP", e.http_status == 0 ? "" : std::to_string(e.http_status));
    add("response code", e.response_code);
    add("message", e.message);
    add("request-id", e.request_id);
    add("front end", e.front_end);
    add("back end", e.back_end);
    add("peer", e.peer);
    return wrapped(text, paper.width, 4);
}

std::string check_text(const api::ExplainedCheck& check, bool of_subject, const Paper& paper) {
    std::string text = fmt::format("  {}{}  {}  {}\n",
                                   core::name_of(check.check),
                                   of_subject ? " of " + safe(check.subject) : "",
                                   painted(paper, tone_of(check.state), core::name_of(check.state)),
                                   core::code_of(check.cause));
    if (!check.sentence.empty()) {
        text += wrapped(safe(check.sentence), paper.width, 4);
    }
    if (check.since) {
        text += wrapped(fmt::format("So since {}{}",
                                    short_time(*check.since),
                                    check.last_good ? "; last good " + short_time(*check.last_good) : ""),
                        paper.width,
                        4);
    }
    text += evidence_text("Before,", check.before, paper);
    text += evidence_text("Now,", check.now, paper);
    text += evidence_text("Newest look,", check.latest, paper);
    if (check.pending) {
        text += wrapped(fmt::format("A look at {} says {}; the second look follows after {}",
                                    short_time(check.pending->first_seen),
                                    core::code_of(check.pending->cause),
                                    short_time(check.pending->next_look)),
                        paper.width,
                        4);
    }
    if (check.mender != core::Mender::nobody) {
        text += fmt::format("    who: {}\n", core::name_of(check.mender));
    }
    if (!check.remedy.empty()) {
        text += "    " + painted(paper, Tone::strong, "mend:") + " " + safe(check.remedy) + "\n";
    }
    return text;
}

} // namespace

std::string render(const api::ExplainResponse& explained, const Paper& paper) {
    std::string text =
        fmt::format("{}  {}{}\n",
                    painted(paper, Tone::strong, safe(explained.of)),
                    safe(explained.kind),
                    explained.source.empty() || explained.kind == "source" ? "" : " on " + safe(explained.source));
    for (const std::string& sentence : explained.sentences) {
        text += wrapped(safe(sentence), paper.width, 2);
    }
    if (explained.catalogue) {
        text += wrapped("Read more: " + safe(explained.catalogue->link), paper.width, 2);
    }
    if (!explained.batches.empty()) {
        text += wrapped("Needed by: " + safe(base::join(explained.batches, ", ")), paper.width, 2);
    }
    if (!explained.incident.empty()) {
        text += wrapped("Incident: " + safe(explained.incident), paper.width, 2);
    }
    if (!explained.checks.empty()) {
        text += "\nChecks\n";
    }
    for (const api::ExplainedCheck& check : explained.checks) {
        text += check_text(check, explained.kind == "incident" && !check.subject.empty(), paper);
    }
    if (!explained.gates.empty()) {
        text += "\nGates before it\n";
    }
    for (const api::GateSight& gate : explained.gates) {
        text += fmt::format("  {}  {}{}\n",
                            core::name_of(gate.check),
                            gate.open ? painted(paper, Tone::good, "open") : painted(paper, Tone::bad, "closed"),
                            gate.detail.empty() ? "" : ": " + safe(gate.detail));
    }
    if (!explained.history.empty()) {
        text += "\nHistory\n";
    }
    for (const api::HistoryRow& row : explained.history) {
        text += cut(fmt::format("  {}  {}  {} -> {}",
                                short_time(row.at),
                                core::name_of(row.check),
                                row.before_cause ? core::code_of(*row.before_cause) : "nothing",
                                core::code_of(row.after_cause)),
                    paper.plain ? std::string::npos : paper.width) +
                "\n";
    }
    return text;
}

} // namespace mailpreflight::cli
