#include "report/text.hpp"

#include "base/prose.hpp"

#include <fmt/format.h>

namespace mailpreflight::report {

namespace {

constexpr std::size_t width = 80;

std::string paragraph(std::string_view words, std::size_t indent) {
    return base::wrapped(base::safe(words), width, indent);
}

std::string title(std::string_view words) {
    return fmt::format("\n{}\n{}\n", words, std::string(words.size(), '-'));
}

/// "  [fail] words": the lines below the first stand behind the mark.
std::string marked(std::string_view mark, std::string_view words) {
    const std::string front = base::padded(fmt::format("  [{}]", mark), 12);
    std::string lines = paragraph(words, front.size());
    return lines.empty() ? front + "\n" : front + lines.substr(front.size());
}

std::string heading(const Head& head) {
    std::string text = paragraph(fmt::format("{}: {}", head.batch, verdict_of(head)), 0);
    text += std::string(text.size() - 1, '=') + "\n\n";
    text += paragraph(counts_of(head), 0);
    text +=
        paragraph(fmt::format("Judged {}. Batch {}.", base::short_time(head.judged_at), core::name_of(head.state)), 0);
    if (head.window) {
        text += paragraph(fmt::format("Window {} to {} ({} to {}), {} {}.",
                                      head.window->local_start,
                                      head.window->local_end,
                                      base::short_time(head.window->start),
                                      base::short_time(head.window->end),
                                      head.judged_at < head.window->start ? "begins" : "began",
                                      base::relative(head.window->start, head.judged_at)),
                          0);
    } else {
        text += "No window yet.\n";
    }
    text += paragraph(head.oldest ? fmt::format("The oldest look that this rests on: {}, {}. A mailbox counts for {}.",
                                                base::short_time(*head.oldest),
                                                base::relative(*head.oldest, head.judged_at),
                                                base::about(head.max_age))
                                  : "Nothing was looked at yet.",
                      0);
    for (const std::string& turn : head.turns) {
        text += paragraph(turn, 0);
    }
    return text;
}

std::string findings(const Head& head) {
    if (head.findings.empty()) {
        return title("Findings") + "  None.\n";
    }
    std::string text = title("Findings");
    for (const Finding& finding : head.findings) {
        std::string words = fmt::format("{}: {}", subjects_of(finding), finding.sentence);
        if (!finding.why.empty()) {
            words += fmt::format(" ({})", finding.why);
        }
        text += marked(name_of(finding.weight), fmt::format("{} {}", core::code_of(finding.cause), words));
    }
    return text;
}

std::string what_to_fix(const Head& head) {
    const std::vector<FixGroup> groups = fixes(head);
    if (groups.empty()) {
        return "";
    }
    std::string text = title("What to fix");
    int number = 0;
    for (const FixGroup& group : groups) {
        text += fmt::format("{}:\n", by_whom(group.mender));
        for (const Finding* const finding : group.findings) {
            std::string words = fmt::format(
                "{} {}, {}", core::code_of(finding->cause), name_of(finding->weight), subjects_of(*finding));
            if (!finding->examples.empty()) {
                words += ", for example " + finding->examples.front();
            }
            const std::string front = base::padded(fmt::format("  {}.", ++number), 6);
            text += front + paragraph(words, front.size()).substr(front.size());
            text += paragraph(finding->remedy, front.size());
        }
    }
    return text;
}

std::string check_words(const CheckRow& row, base::SystemTime judged_at) {
    std::string words(core::name_of(row.check));
    if (!row.required) {
        words += " (not required)";
    }
    if (row.state != core::State::pass) {
        words += fmt::format(" {}", core::code_of(row.cause));
    }
    words += row.at ? ", looked at " + base::relative(*row.at, judged_at) : ", no definite look yet";
    return row.detail.empty() ? words : words + ": " + row.detail;
}

std::string source_checks(const Head& head) {
    std::string text = title("The source");
    for (const CheckRow& row : head.source_checks) {
        text += marked(core::name_of(row.state), check_words(row, head.judged_at));
    }
    for (const Ending& ending : head.endings) {
        text += marked("ends",
                       fmt::format("{}: ends {}, {}",
                                   core::name_of(ending.check),
                                   base::short_time(ending.at),
                                   base::relative(ending.at, head.judged_at)));
    }
    return text;
}

std::string mailboxes(const Report& report) {
    std::string text = title("Mailboxes that do not pass");
    std::size_t shown = 0;
    std::size_t left_out = 0;
    for (const MailboxRow& row : report.mailboxes) {
        if (row.state == core::State::pass) {
            continue;
        }
        if (shown == most_text_rows) {
            ++left_out;
            continue;
        }
        ++shown;
        text += paragraph(row.address, 2);
        if (const std::string aside = aside_of(row); !aside.empty()) {
            text += paragraph(aside, 4);
        }
        for (const CheckRow& check : row.checks) {
            text += marked(core::name_of(check.state), check_words(check, report.head.judged_at));
        }
        if (row.checks.empty()) {
            text += marked("unknown", "no way is required");
        }
    }
    if (shown == 0) {
        text += "  None.\n";
    }
    if (left_out > 0) {
        text += fmt::format("  And {} more; --format csv has all.\n", left_out);
    }
    return text;
}

std::string vantage(const Head& head) {
    const Vantage& from = head.vantage;
    std::string text = title("Seen from");
    text += paragraph(fmt::format("Host {}, source address {}, User-Agent {}, as {}; mailpreflight {}.",
                                  from.host.empty() ? "unknown" : from.host,
                                  from.source_address.empty() ? "unknown" : from.source_address,
                                  from.user_agent,
                                  head.login.username,
                                  head.version),
                      2);
    text += title("Not tested");
    for (const std::string& sentence : head.not_tested) {
        text += "  - " + paragraph(sentence, 4).substr(4);
    }
    return text;
}

} // namespace

std::string text(const Report& report) {
    return heading(report.head) + findings(report.head) + what_to_fix(report.head) + mailboxes(report) +
           source_checks(report.head) + vantage(report.head);
}

} // namespace mailpreflight::report
