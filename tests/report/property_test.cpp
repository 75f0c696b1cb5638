#include "base/prose.hpp"
#include "base/text.hpp"
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/junit.hpp"
#include "report/nagios.hpp"
#include "report/redact.hpp"
#include "report/text.hpp"
#include "values.hpp"

#include <pugixml.hpp>
#include <rapidcheck.h>

#include <algorithm>

namespace mailpreflight::report {
namespace {

/// What servers and lists may send: markup, quotes, controls, broken UTF-8, signs of formulas.
rc::Gen<std::string> hostile_text() {
    static const std::vector<std::string> parts{
        "a",    "Z",    "7",    " ",        "\"",     "'",      "<",      ">",          "&",      "]]>",  "<!--", "-->",
        "=",    "+",    "-",    "@",        "\t",     "\n",     "\r",     "\0",         "\x1b",   "|",    ",",    ";",
        "\x7f", "\xFF", "\xC3", "\xC2\x85", "\u202E", "\uFFFE", "\uFFFF", "\U0001F4EC", "\u2019", "&#0;", "</td>"};
    return rc::gen::map(rc::gen::scale(0.2, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(parts))),
                        [](const std::vector<std::string>& picked) { return base::join(picked, ""); });
}

void holds(const char* what, const std::function<void()>& property) {
    const bool held = rc::check(what, property);
    EXPECT_TRUE(held) << what;
}

/// A report with this text wherever a name or a server's word may stand.
Report report_of(const std::string& words) {
    Story story = no_go();
    story.list(words);
    story.see_mailbox(words, core::Cause::impersonation_denied, 1h, words);
    story.setting.url = words;
    story.setting.vantage = {words, words, words};
    story.setting.names = {words, words, words, words};
    story.batch().list.problems.push_back({3, words});
    return story.report();
}

std::vector<std::vector<std::string>> parsed_csv(const std::string& text) {
    std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
            rows.back().back() += text[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            rows.back().emplace_back();
        } else if (c == '\r' && !quoted) {
            RC_ASSERT(text[i + 1] == '\n');
            rows.emplace_back(1);
            ++i;
        } else {
            rows.back().back() += c;
        }
    }
    RC_ASSERT(!quoted);
    rows.pop_back();
    return rows;
}

TEST(ReportProperty, csv_keeps_every_text_in_its_cell) {
    holds("csv", [] {
        const std::string words = *hostile_text();
        const auto rows = parsed_csv(csv(report_of(words)));
        RC_ASSERT(rows.size() == 7U);
        for (const auto& row : rows) {
            RC_ASSERT(row.size() == 15U);
            for (const std::string& cell : row) {
                // RC_ASSERT takes an expression apart and evaluates both sides of ||.
                const bool formula = cell.find_first_of("=+-@\t\r") == 0;
                RC_ASSERT(!formula);
            }
        }
        const std::string safe = base::safe(words);
        const bool kept = rows.back()[1] == safe || rows.back()[1] == "'" + safe;
        RC_ASSERT(kept);
    });
}

TEST(ReportProperty, junit_is_xml_whatever_the_names_are) {
    holds("junit", [] {
        const std::string words = *hostile_text();
        const std::string xml = junit(report_of(words));
        RC_ASSERT(std::none_of(
            xml.begin(), xml.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }));
        RC_ASSERT(xml.find("\uFFFE") == std::string::npos);
        RC_ASSERT(xml.find("\uFFFF") == std::string::npos);
        pugi::xml_document document;
        RC_ASSERT(document.load_string(xml.c_str()));
        const pugi::xml_node cases = document.child("testsuites").last_child();
        const auto children = cases.children("testcase");
        RC_ASSERT(std::distance(children.begin(), children.end()) == 6);
        for (const pugi::xml_node one : children) {
            const auto below = one.children();
            RC_ASSERT(std::distance(below.begin(), below.end()) <= 1);
        }
    });
}

TEST(ReportProperty, html_has_the_same_elements_whatever_the_names_are) {
    const auto elements = [](const std::string& page) { return std::count(page.begin(), page.end(), '<'); };
    const auto expected = elements(html(report_of("plain")));
    holds("html", [&] {
        const std::string words = *hostile_text();
        const std::string escaped = html_escaped(words);
        RC_ASSERT(escaped.find_first_of("<>\"'") == std::string::npos);
        RC_ASSERT(elements(html(report_of(words))) == expected);
    });
}

TEST(ReportProperty, text_and_nagios_hold_nothing_that_a_terminal_obeys) {
    holds("text", [] {
        const Report report = report_of(*hostile_text());
        const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
        const std::string words = text(report);
        RC_ASSERT(std::none_of(words.begin(), words.end(), is_control));
        const std::string line = nagios(report.head);
        RC_ASSERT(std::count(line.begin(), line.end(), '\n') == 1);
        RC_ASSERT(std::count(line.begin(), line.end(), '|') == 1);
    });
}

TEST(ReportProperty, redaction_leaves_none_of_the_names) {
    // "zq" makes them different from every word of ours.
    const auto name =
        rc::gen::map(rc::gen::resize(6,
                                     rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                                         "a", "7", ".", "-", "_", "'", "+", "\\", "\u00fc", "\u2019", " "))),
                     [](const std::vector<std::string>& picked) { return "zq" + base::join(picked, "") + "qz"; });
    holds("redaction", [&] {
        const std::string mailbox = *name + "@" + "zqdomain.example";
        const std::string other = *name + "@" + "zqdomain.example";
        const std::string host = "zqhost.zqdomain.example";
        Story story = no_go();
        story.list(mailbox);
        story.list(other);
        story.setting.names = {*name, *name + "@zqdomain.example", host, *name};
        story.setting.url = "https://" + host + ":443/owa";
        story.setting.vantage = {*name, "2001:db8::99", "agent of " + *name};
        story.setting.vantage.user_agent = "agent";
        const std::string gap = *rc::gen::element<std::string>(" ", ",", "'", "(", ":", "/", "=", "<");
        std::string all;
        const std::vector<std::string> names{mailbox,
                                             other,
                                             host,
                                             story.setting.names.account,
                                             story.setting.names.upn,
                                             story.setting.names.account_name,
                                             story.setting.vantage.host,
                                             "2001:db8::99"};
        for (const std::string& one : names) {
            all += gap + one + gap;
        }
        story.see_mailbox(mailbox, core::Cause::impersonation_denied, 1h, all);
        story.see_mailbox(other, core::Cause::mailbox_missing, 1h, all);
        story.see_source(core::Check::ews_login, core::Cause::password_expired, all);
        const Report hidden = redacted(story.report());
        for (const std::string& written :
             {text(hidden), csv(hidden), junit(hidden), html(hidden), nagios(hidden.head)}) {
            RC_ASSERT(written.find("zq") == std::string::npos);
            RC_ASSERT(written.find("db8") == std::string::npos);
        }
    });
}

} // namespace
} // namespace mailpreflight::report
