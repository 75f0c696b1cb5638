#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/junit.hpp"
#include "report/nagios.hpp"
#include "report/redact.hpp"
#include "report/text.hpp"

#include <stdexcept>

namespace mailpreflight::cli {

namespace {

constexpr int most_attempts = 3;

bool is_same_judgement(const report::Head& a, const report::Head& b) {
    return a.verdict == b.verdict && a.mailboxes == b.mailboxes && a.passed == b.passed && a.failed == b.failed &&
           a.unknown == b.unknown;
}

/// All pages, or the first row alone where only the head is wanted.
tl::expected<report::Report, api::ClientFailure>
fetch_once(Session& session, const std::string& batch, bool head_only, bool& changed) {
    report::Report report;
    api::ReportRequest request{.batch = batch, .limit = head_only ? 1 : api::most_rows};
    while (true) {
        auto reply = session.client().call<api::ReportCall>(request);
        if (!reply) {
            return tl::unexpected(reply.error());
        }
        api::ReportPage& page = reply->value;
        const bool first = request.after.empty();
        changed = changed || (!first && !is_same_judgement(report.head, page.head));
        if (first) {
            report.head = std::move(page.head);
        }
        report.mailboxes.insert(report.mailboxes.end(),
                                std::make_move_iterator(page.rows.begin()),
                                std::make_move_iterator(page.rows.end()));
        if (head_only || page.next.empty() || page.next == request.after) {
            return report;
        }
        request.after = page.next;
    }
}

/// Pages of one judgement. While a sweep runs that may not be had: then the head is that of the first page, said so.
tl::expected<report::Report, api::ClientFailure> fetch(Session& session, const std::string& batch, bool head_only) {
    for (int attempt = 1;; ++attempt) {
        bool changed = false;
        auto report = fetch_once(session, batch, head_only, changed);
        if (!report || !changed) {
            return report;
        }
        if (attempt < most_attempts) {
            continue;
        }
        session.note("mailpreflight: mailboxes were judged while the report was read; its rows may be newer than its "
                     "counts\n");
        return report;
    }
}

std::string written(const report::Report& report, ReportFormat format) {
    switch (format) {
    case ReportFormat::text:
        return report::text(report);
    case ReportFormat::json:
        return api::json_document(report);
    case ReportFormat::csv:
        return report::csv(report);
    case ReportFormat::html:
        return report::html(report);
    case ReportFormat::junit:
        return report::junit(report);
    case ReportFormat::nagios:
        return report::nagios(report.head);
    }
    throw std::logic_error("no such format");
}

int exit_code_of(core::Verdict verdict) {
    switch (verdict) {
    case core::Verdict::go:
        return exit_good;
    case core::Verdict::no_go:
        return exit_failed;
    case core::Verdict::unknown:
        return exit_unknown;
    }
    throw std::logic_error("no such verdict");
}

/// A plugin tells on its one line why there is no report; everybody else on stderr.
int fail(const Session& session, const api::ClientFailure& failure, ReportFormat format) {
    const auto* const problem = std::get_if<api::Problem>(&failure);
    if (format == ReportFormat::nagios && !std::holds_alternative<api::Interrupted>(failure)) {
        const auto* const unreachable = std::get_if<api::Unreachable>(&failure);
        session.print(report::nagios_unknown(problem != nullptr ? problem->detail
                                                                : "the service does not answer: " + unreachable->text));
        return static_cast<int>(report::PluginCode::unknown);
    }
    const int code = session.fail(failure);
    // 1 would be read as NO-GO.
    return problem != nullptr && code == exit_failed ? exit_usage : code;
}

} // namespace

std::optional<ReportFormat> report_format_named(std::string_view name) {
    constexpr std::pair<std::string_view, ReportFormat> all[] = {{"text", ReportFormat::text},
                                                                 {"json", ReportFormat::json},
                                                                 {"csv", ReportFormat::csv},
                                                                 {"html", ReportFormat::html},
                                                                 {"junit", ReportFormat::junit},
                                                                 {"nagios", ReportFormat::nagios}};
    for (const auto& [word, format] : all) {
        if (word == name) {
            return format;
        }
    }
    return std::nullopt;
}

int run_report(Session& session, const ReportOptions& options) {
    const ReportFormat format =
        options.format.value_or(session.options().json ? ReportFormat::json : ReportFormat::text);
    auto report = fetch(session, options.batch, format == ReportFormat::nagios);
    if (!report) {
        return fail(session, report.error(), format);
    }
    if (options.redact) {
        *report = report::redacted(std::move(*report));
    }
    const std::string text = written(*report, format);
    if (options.output.empty() || options.output == "-") {
        session.print(text);
    } else if (const auto status = base::write_file_atomically(options.output, text); !status) {
        session.complain("mailpreflight: " + safe(status.error().message()) + "\n");
        return exit_unknown;
    }
    return format == ReportFormat::nagios ? static_cast<int>(report::plugin_code(report->head))
                                          : exit_code_of(report->head.verdict);
}

} // namespace mailpreflight::cli
