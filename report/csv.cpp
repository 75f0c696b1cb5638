#include "report/csv.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"

namespace mailpreflight::report {

namespace {

std::string line_of(const std::vector<std::string_view>& cells) {
    std::vector<std::string> ready;
    for (const std::string_view cell : cells) {
        ready.push_back(csv_cell(cell));
    }
    return base::join(ready, ",") + "\r\n";
}

} // namespace

std::string csv_cell(std::string_view text) {
    std::string cell = base::safe(text);
    // A blank before it does not stop every spreadsheet.
    const std::size_t first = cell.find_first_not_of(' ');
    if (first != std::string::npos && std::string_view("=+-@").find(cell[first]) != std::string_view::npos) {
        cell.insert(0, 1, '\'');
    }
    if (cell.find_first_of(",\"") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + "\"";
}

std::string csv(const Report& report) {
    std::string text = line_of({"batch",
                                "mailbox",
                                "mailbox_state",
                                "check",
                                "state",
                                "cause",
                                "detail",
                                "looked_at",
                                "mender",
                                "remedy",
                                "excepted_until",
                                "excepted_reason",
                                "moved",
                                "judged_at",
                                "seen_from"});
    const std::string judged_at = base::to_rfc3339(report.head.judged_at);
    const std::string vantage = seen_from(report.head.vantage);
    for (const MailboxRow& row : report.mailboxes) {
        const std::string_view state = core::name_of(row.state);
        const std::string until = row.excepted ? base::to_rfc3339(row.excepted->until) : "";
        const std::string_view reason = row.excepted ? std::string_view(row.excepted->reason) : "";
        const std::string_view moved = row.moved ? "yes" : "";
        for (const CheckRow& check : row.checks) {
            const core::Mender mender = core::info(check.cause).mender;
            const bool to_mend = check.state != core::State::pass && mender != core::Mender::nobody;
            text += line_of({report.head.batch,
                             row.address,
                             state,
                             core::name_of(check.check),
                             core::name_of(check.state),
                             core::code_of(check.cause),
                             check.detail,
                             check.at ? base::to_rfc3339(*check.at) : "",
                             to_mend ? core::code_of(mender) : "",
                             check.remedy,
                             until,
                             reason,
                             moved,
                             judged_at,
                             vantage});
        }
        if (row.checks.empty()) {
            text += line_of({report.head.batch,
                             row.address,
                             state,
                             "",
                             "",
                             "",
                             "no way is required",
                             "",
                             "",
                             "",
                             until,
                             reason,
                             moved,
                             judged_at,
                             vantage});
        }
    }
    return text;
}

} // namespace mailpreflight::report
