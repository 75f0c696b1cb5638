#include "report/html.hpp"

#include "base/prose.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::report {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --rule: #bbb; --faint: #ddd; --quiet: #595959; --code: #f2f2f2;
  --good: #14632a; --doubt: #7a4b00; --bad: #a01010; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #181818; --rule: #666; --faint: #3a3a3a; --quiet: #a8a8a8;
  --code: #262626; --good: #7fd596; --doubt: #f0bd62; --bad: #ff9a94; } }
body { font: 1rem/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: break-word; }
h1 { margin-bottom: .25rem; }
h2 { margin-top: 2rem; border-bottom: 1px solid var(--rule); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--faint); overflow-wrap: normal; }
th, .line { white-space: nowrap; }
.free { overflow-wrap: anywhere; min-width: 12rem; }
.free:first-child { min-width: 17rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
pre { margin: .3rem 0 .8rem; padding: .4rem .6rem; background: var(--code); border-left: 3px solid var(--rule); white-space: pre-wrap;
  overflow-wrap: anywhere; }
li { margin-bottom: .4rem; }
.scroll { overflow-x: auto; }
.state { font-weight: bold; white-space: nowrap; }
.aside { color: var(--quiet); font-style: italic; }
.pass, .go { color: var(--good); }
.warn, .warning, .unknown { color: var(--doubt); }
.fail, .blocker, .no_go { color: var(--bad); }
@media print { @page { margin: 1.5cm; } body { margin: 0; padding: 0; max-width: none; font-size: 9.5pt; } h2, h3 { break-after: avoid; }
  tr, li { break-inside: avoid; } thead { display: table-header-group; } .scroll { overflow: visible; } .free { min-width: 8rem; } .free:first-child { min-width: 11rem; } }
)";

std::string e(std::string_view text) {
    return html_escaped(text);
}

std::string paragraph(std::string_view text) {
    return fmt::format("<p>{}</p>\n", e(text));
}

std::string mark(std::string_view word) {
    return fmt::format("<span class=\"state {}\">{}</span>", word, word);
}

/// A word of ours, to be broken behind its underscores and points alone.
std::string code(std::string_view word) {
    std::string text;
    for (const char c : word) {
        text += c;
        text += c == '_' || c == '.' ? "<wbr>" : "";
    }
    return "<code>" + text + "</code>";
}

/// A cell of HTML that may be broken anywhere: what others wrote.
std::string wide(std::string_view content) {
    return fmt::format("<td class=\"free\">{}</td>", content);
}

/// One of words of ours, in one line.
std::string narrow(std::string_view content) {
    return fmt::format("<td class=\"line\">{}</td>", content);
}

std::string cell(std::string_view content) {
    return fmt::format("<td>{}</td>", content);
}

std::string row_of(const std::vector<std::string>& cells) {
    std::string row = "<tr>";
    for (const std::string& one : cells) {
        row += one;
    }
    return row + "</tr>\n";
}

std::string table(const std::vector<std::string_view>& headings, const std::string& rows) {
    std::string text = "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const std::string_view heading : headings) {
        text += fmt::format("<th scope=\"col\">{}</th>", heading);
    }
    return text + "</tr></thead>\n<tbody>\n" + rows + "</tbody>\n</table></div>\n";
}

std::string heading(const Head& head) {
    std::string text = fmt::format(
        "<h1>{}: <span class=\"{}\">{}</span></h1>\n", e(head.batch), core::code_of(head.verdict), verdict_of(head));
    text += paragraph(counts_of(head));
    std::string when =
        fmt::format("Judged {}. Batch {}. ", base::short_time(head.judged_at), core::name_of(head.state));
    when += head.window ? fmt::format("Window {} to {} ({} to {}), {} {}. ",
                                      head.window->local_start,
                                      head.window->local_end,
                                      base::short_time(head.window->start),
                                      base::short_time(head.window->end),
                                      head.judged_at < head.window->start ? "begins" : "began",
                                      base::relative(head.window->start, head.judged_at))
                        : "No window yet. ";
    when += head.oldest ? fmt::format("The oldest look that this rests on: {}, {}. A mailbox counts for {}.",
                                      base::short_time(*head.oldest),
                                      base::relative(*head.oldest, head.judged_at),
                                      base::about(head.max_age))
                        : "Nothing was looked at yet.";
    text += paragraph(when);
    for (const std::string& turn : head.turns) {
        text += paragraph(turn);
    }
    return text;
}

std::string findings(const Head& head) {
    std::string rows;
    for (const Finding& finding : head.findings) {
        rows += row_of({narrow(mark(name_of(finding.weight))),
                        cell(code(core::code_of(finding.cause))),
                        narrow(e(subjects_of(finding))),
                        wide(e(finding.sentence + (finding.why.empty() ? "" : " (" + finding.why + ")")))});
    }
    return "<h2>Findings</h2>\n" + (rows.empty() ? "<p>None.</p>\n" : table({"Weight", "Cause", "Hits", "What"}, rows));
}

std::string what_to_fix(const Head& head) {
    const std::vector<FixGroup> groups = fixes(head);
    std::string text = groups.empty() ? "" : "<h2>What to fix</h2>\n";
    for (const FixGroup& group : groups) {
        text += fmt::format("<h3>{}</h3>\n<ol>\n", by_whom(group.mender));
        for (const Finding* const finding : group.findings) {
            text += fmt::format("<li>{} {} {}{}<pre>{}</pre></li>\n",
                                mark(name_of(finding->weight)),
                                code(core::code_of(finding->cause)),
                                e(subjects_of(*finding)),
                                finding->examples.empty() ? "" : ", for example " + e(finding->examples.front()),
                                e(finding->remedy));
        }
        text += "</ol>\n";
    }
    return text;
}

/// State, check, cause, detail, when: behind the cells that say whose check it is.
std::string check_row(std::vector<std::string> cells, const CheckRow& row) {
    cells.push_back(narrow(mark(core::name_of(row.state))));
    cells.push_back(cell(code(core::name_of(row.check)) + (row.required ? "" : " (not required)")));
    cells.push_back(cell(row.state == core::State::pass ? "" : code(core::code_of(row.cause))));
    cells.push_back(wide(e(row.detail)));
    cells.push_back(narrow(row.at ? base::short_time(*row.at) : "never"));
    return row_of(cells);
}

int pressing(const MailboxRow& row) {
    if (row.excepted || row.moved) {
        return 2;
    }
    switch (row.state) {
    case core::State::fail:
        return 0;
    case core::State::unknown:
        return 1;
    case core::State::warn:
        return 3;
    case core::State::pass:
        return 4;
    }
    return 4;
}

std::string mailboxes(const Report& report) {
    std::vector<const MailboxRow*> rows;
    for (const MailboxRow& row : report.mailboxes) {
        rows.push_back(&row);
    }
    std::stable_sort(
        rows.begin(), rows.end(), [](const MailboxRow* a, const MailboxRow* b) { return pressing(*a) < pressing(*b); });
    const std::size_t shown = std::min(rows.size(), most_html_rows);
    std::string body;
    for (std::size_t i = 0; i < shown; ++i) {
        const std::string aside = aside_of(*rows[i]);
        const std::string whose = wide(
            e(rows[i]->address) + (aside.empty() ? "" : fmt::format("<br><span class=\"aside\">{}</span>", e(aside))));
        for (const CheckRow& check : rows[i]->checks) {
            body += check_row({whose}, check);
        }
        if (rows[i]->checks.empty()) {
            body += row_of(
                {whose, narrow(mark("unknown")), cell(""), cell(""), cell("no way is required"), narrow("never")});
        }
    }
    std::string text = "<h2>Mailboxes</h2>\n";
    text += table({"Mailbox", "State", "Check", "Cause", "Detail", "Looked at"}, body);
    if (shown < rows.size()) {
        text += paragraph(fmt::format("{} more are left out here; the CSV has all.", rows.size() - shown));
    }
    return text;
}

std::string source_checks(const Head& head) {
    std::string rows;
    for (const CheckRow& row : head.source_checks) {
        rows += check_row({}, row);
    }
    std::string text = "<h2>The source</h2>\n" + table({"State", "Check", "Cause", "Detail", "Looked at"}, rows);
    for (const Ending& ending : head.endings) {
        text += paragraph(fmt::format("{}: ends {}, {}.",
                                      core::name_of(ending.check),
                                      base::short_time(ending.at),
                                      base::relative(ending.at, head.judged_at)));
    }
    return text;
}

std::string vantage(const Head& head) {
    const Vantage& from = head.vantage;
    std::string text = "<h2>Seen from</h2>\n";
    text += paragraph(fmt::format("Host {}, source address {}, User-Agent {}, as {}; mailpreflight {}.",
                                  from.host.empty() ? "unknown" : from.host,
                                  from.source_address.empty() ? "unknown" : from.source_address,
                                  from.user_agent,
                                  head.login.username,
                                  head.version));
    text += "<h2>Not tested</h2>\n<ul>\n";
    for (const std::string& sentence : head.not_tested) {
        text += fmt::format("<li>{}</li>\n", e(sentence));
    }
    return text + "</ul>\n";
}

} // namespace

std::string html_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : base::safe(text)) {
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        case '\'':
            escaped += "&#39;";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

std::string html(const Report& report) {
    const Head& head = report.head;
    return fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                       "'unsafe-inline'\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<title>{}: {}</title>\n<style>{}</style>\n</head>\n<body>\n",
                       e(head.batch),
                       verdict_of(head),
                       style) +
           heading(head) + findings(head) + what_to_fix(head) + mailboxes(report) + source_checks(head) +
           vantage(head) + "</body>\n</html>\n";
}

} // namespace mailpreflight::report
