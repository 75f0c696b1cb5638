#pragma once

#include "api/call.hpp"
#include "api/page.hpp"
#include "api/words.hpp"
#include "report/report.hpp"

#include <string>
#include <vector>

namespace mailpreflight::api {

template <>
struct Words<report::Weight>
    : NamedWords<report::Weight, report::Weight::blocker, report::Weight::unknown, report::Weight::warning> {};

struct ReportRequest {
    std::string batch;
    std::string after; ///< `next` of the page before
    int limit = usual_rows;

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
        field("after", self.after);
        field("limit", self.limit);
    }
    [[nodiscard]] std::string problem() const {
        return page_problem(limit);
    }
    bool operator==(const ReportRequest&) const = default;
};

/// A report with one page of its mailboxes, in the order of the list. Each page has the head as it is then.
struct ReportPage {
    report::Head head;
    std::vector<report::MailboxRow> rows;
    std::string next; ///< empty on the last page

    static void describe(auto& self, auto&& field) {
        field("head", self.head);
        field("rows", self.rows);
        field("next", self.next);
    }
    bool operator==(const ReportPage&) const = default;
};

struct ReportCall {
    using Request = ReportRequest;
    using Response = ReportPage;
    static constexpr CallInfo info{.name = "report", .method = Method::get, .path = "/v1/batches/{batch}/report"};
};

/// A whole report as one JSON document of the same form, written row by row.
std::string json_document(const report::Report& report);

} // namespace mailpreflight::api
