#include "api/report.hpp"
#include "base/prose.hpp"
#include "base/text.hpp"
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/junit.hpp"
#include "report/nagios.hpp"
#include "report/redact.hpp"
#include "report/text.hpp"
#include "values.hpp"

namespace mailpreflight::report {
namespace {

TEST(TextReport, of_no_go) {
    expect_golden("no-go.txt", text(no_go().report()));
}

TEST(TextReport, of_go) {
    expect_golden("go.txt", text(go().report()));
}

TEST(TextReport, fits_80_columns) {
    for (const Story& story : {no_go(), go(), unknown()}) {
        for (const std::string& line : base::split(text(story.report()), '\n')) {
            EXPECT_LE(base::width_of(line), 80U) << line;
        }
    }
}

TEST(TextReport, of_a_long_list_shows_the_first_and_counts_the_rest) {
    Story story;
    for (int i = 0; i < 60; ++i) {
        story.list("user" + std::to_string(i) + "@contoso.example");
    }
    const std::string shown = text(story.report());
    EXPECT_NE(shown.find("user49@"), std::string::npos);
    EXPECT_EQ(shown.find("user50@"), std::string::npos);
    EXPECT_NE(shown.find("And 10 more; --format csv has all."), std::string::npos);
}

TEST(HtmlReport, of_no_go) {
    expect_golden("no-go.html", html(no_go().report()));
}

TEST(HtmlReport, needs_nothing_from_elsewhere_and_is_legible_in_the_dark_and_on_paper) {
    const std::string page = html(no_go().report());
    for (const char* const word : {"<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "href="}) {
        EXPECT_EQ(page.find(word), std::string::npos) << word;
    }
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
    EXPECT_NE(page.find("@media print"), std::string::npos);
}

TEST(CsvReport, of_no_go) {
    expect_golden("no-go.csv", csv(no_go().report()));
}

TEST(CsvReport, no_cell_becomes_a_formula) {
    EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
    EXPECT_EQ(csv_cell("+49 30"), "'+49 30");
    EXPECT_EQ(csv_cell("-x"), "'-x");
    EXPECT_EQ(csv_cell("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(csv_cell("\t=1"), "' =1");
    EXPECT_EQ(csv_cell("a@b, \"c\""), "\"a@b, \"\"c\"\"\"");
}

TEST(JunitReport, of_no_go) {
    expect_golden("no-go.xml", junit(no_go().report()));
}

TEST(JunitReport, has_a_failure_or_an_error_unless_it_is_go) {
    const auto bad = [](const Story& story) {
        const std::string xml = junit(story.report());
        return std::pair(xml.find("<failure") != std::string::npos, xml.find("<error") != std::string::npos);
    };
    EXPECT_EQ(bad(go()), std::pair(false, false));
    EXPECT_EQ(bad(go_with_a_warning()), std::pair(false, false));
    EXPECT_EQ(bad(unknown()), std::pair(false, true));
    EXPECT_TRUE(bad(no_go()).first);
    Story list = go();
    list.batch().list.problems.push_back({7, "no address in this row"});
    EXPECT_EQ(bad(list), std::pair(true, false));
}

TEST(NagiosReport, is_one_line_with_performance_data) {
    expect_golden("nagios.txt",
                  nagios(no_go().report().head) + nagios(go().report().head) +
                      nagios(go_with_a_warning().report().head) + nagios(unknown().report().head) +
                      nagios_unknown("the service | does not\nanswer"));
}

TEST(NagiosReport, a_certificate_that_ends_inside_the_window_raises_its_alert) {
    Story story = go();
    const auto data = [&](base::SystemTime end) {
        story.see_source(core::Check::tls_certificate, core::Cause::ok, "", {{"not_after", base::to_rfc3339(end)}});
        const std::string line = nagios(story.report().head);
        return line.substr(line.find("'tls."));
    };
    const base::SystemTime window_end = story.batch().window->end;
    const std::string password = " 'account.password_left'=2592000s;;424800:\n";
    EXPECT_EQ(data(window_end - 1s), "'tls.certificate_left'=424799s;;424800:" + password);
    EXPECT_EQ(plugin_code(story.report().head), PluginCode::critical);
    EXPECT_EQ(data(window_end), "'tls.certificate_left'=424800s;;424800:" + password);
    EXPECT_EQ(plugin_code(story.report().head), PluginCode::ok);
}

TEST(NagiosReport, of_password_and_account_the_first_end_counts) {
    Story story = go();
    story.see_source(core::Check::account_password,
                     core::Cause::ok,
                     "",
                     {{"password_expires", base::to_rfc3339(noon + 720h)},
                      {"account_expires", base::to_rfc3339(noon + 240h)},
                      {"told_by", "ldap"}});
    EXPECT_NE(nagios(story.report().head).find(" 'account.password_left'=864000s;;424800:\n"), std::string::npos)
        << nagios(story.report().head);
}

TEST(NagiosReport, exit_codes_are_those_of_a_plugin) {
    EXPECT_EQ(plugin_code(go().report().head), PluginCode::ok);
    EXPECT_EQ(plugin_code(go_with_a_warning().report().head), PluginCode::warning);
    EXPECT_EQ(plugin_code(no_go().report().head), PluginCode::critical);
    EXPECT_EQ(plugin_code(unknown().report().head), PluginCode::unknown);
}

TEST(JsonReport, of_no_go) {
    expect_golden("no-go.json", api::json_document(no_go().report()));
}

TEST(CsvReport, ends_each_row_with_when_it_was_judged_and_whence_it_was_seen) {
    Story story = go();
    story.setting.vantage = {"=cmd|calc", "192.0.2.99", "agent"};
    const std::vector<std::string> lines = base::split(csv(story.report()), '\n');
    EXPECT_TRUE(lines.at(0).ends_with(",judged_at,seen_from\r")) << lines.at(0);
    EXPECT_TRUE(lines.at(1).ends_with(",2026-12-01T12:00:00.000Z,'=cmd|calc (192.0.2.99)\r")) << lines.at(1);
    story.setting.vantage = {};
    EXPECT_TRUE(base::split(csv(story.report()), '\n').at(1).ends_with(",unknown\r"));
}

TEST(ExceptedMailbox, is_told_with_reason_and_end_in_every_format) {
    const Report report = go_with_an_exception().report();
    const std::string said = "excepted until 2026-12-02 12:00 UTC: =left, \"for good\"";
    EXPECT_NE(text(report).find("  ben@contoso.example\n    " + said), std::string::npos) << text(report);
    EXPECT_NE(text(report).find("wave1: GO, 1 excepted\n"), std::string::npos);
    EXPECT_NE(text(report).find("1 passed, 0 failed, 0\nunknown, 1 excepted."), std::string::npos) << text(report);
    EXPECT_NE(csv(report).find(",2026-12-02T12:00:00.000Z,\"'=left, \"\"for good\"\"\",,"), std::string::npos)
        << csv(report);
    EXPECT_NE(html(report).find("ben@contoso.example<br><span class=\"aside\">excepted until 2026-12-02 12:00 UTC: "
                                "=left, &quot;for good&quot;</span>"),
              std::string::npos)
        << html(report);
    EXPECT_NE(api::json_document(report).find(
                  R"("excepted":{"reason":"=left, \"for good\"","until":"2026-12-02T12:00:00.000000Z"})"),
              std::string::npos)
        << api::json_document(report);
    const std::string xml = junit(report);
    EXPECT_NE(xml.find("<skipped message=\"excepted until 2026-12-02 12:00 UTC: =left, &quot;for good&quot;\">"),
              std::string::npos)
        << xml;
    EXPECT_EQ(xml.find("<failure"), std::string::npos);
    EXPECT_NE(nagios(report.head).find("wave1 GO, 1 excepted: 1 of 2 mailboxes pass"), std::string::npos);
}

TEST(ExceptedMailbox, that_passes_is_a_mailbox_like_all_others) {
    Story story = go_with_an_exception();
    story.see_mailbox("ben@contoso.example", core::Cause::ok, 1h);
    EXPECT_EQ(story.report().mailboxes.at(1).excepted, std::nullopt);
    EXPECT_EQ(story.report().head.excepted, 0U);
}

TEST(MovedMailbox, is_progress_and_no_failure) {
    Story story = go();
    story.batch().window = core::Window{noon - 1h, noon + 5h, "America/Chicago"};
    story.see_mailbox("anna@contoso.example", core::Cause::mailbox_moved, 30min);
    const Report report = story.report();
    EXPECT_TRUE(report.mailboxes.at(0).moved);
    EXPECT_EQ(report.head.moved, 1U);
    EXPECT_EQ(junit(report).find("<failure"), std::string::npos) << junit(report);
    EXPECT_NE(text(report).find("moved: the window has begun, and this is progress"), std::string::npos);
}

TEST(SlowSweep, stands_in_every_report_and_turns_it_unknown) {
    Story story = go();
    story.plan.sources[0].requests_per_second = 0.00001;
    const Report report = story.report();
    EXPECT_EQ(report.head.verdict, core::Verdict::unknown);
    EXPECT_NE(text(report).find("sweep_too_slow 1 batch: A sweep"), std::string::npos) << text(report);
    EXPECT_NE(text(report).find("requests_per_second = 0.1 is needed"), std::string::npos) << text(report);
    EXPECT_NE(junit(report).find("<error"), std::string::npos) << junit(report);
    EXPECT_NE(nagios(report.head).find("unknown sweep_too_slow (1 batch)"), std::string::npos) << nagios(report.head);
}

TEST(RedactedReport, of_no_go) {
    expect_golden("no-go-redacted.txt", text(redacted(no_go().report())));
}

} // namespace
} // namespace mailpreflight::report
