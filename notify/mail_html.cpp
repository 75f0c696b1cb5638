#include "notify/mail_html.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "notify/words.hpp"
#include "report/html.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace mailpreflight::notify {

namespace {

// Mail programs drop style sheets: each element brings its own.
constexpr std::string_view cell =
    "text-align:left;vertical-align:top;padding:4px 16px 4px 0;border-bottom:1px solid #ddd";
constexpr std::string_view pre = "font-family:monospace;white-space:pre-wrap;background:#f2f2f2;color:#1b1b1b;"
                                 "padding:8px 12px;border-left:3px solid #bbb";

std::string e(std::string_view text) {
    return report::html_escaped(text);
}

std::string_view colour_of(const core::Notice& notice) {
    if (notice.status == core::NoticeStatus::resolved) {
        return "#14632a";
    }
    switch (notice.severity) {
    case core::Severity::info:
        return "#1b4f8a";
    case core::Severity::warning:
        return "#7a4b00";
    case core::Severity::error:
    case core::Severity::critical:
        return "#a01010";
    }
    throw std::logic_error("no such severity");
}

std::string paragraphs(std::string_view text) {
    std::string html;
    for (const std::string& line : base::split(base::trim(safe_lines(text)), '\n')) {
        if (!base::trim(line).empty()) {
            html += fmt::format("<p style=\"margin:0 0 10px\">{}</p>\n", e(line));
        }
    }
    return html;
}

std::string table_of(const std::vector<Fact>& list) {
    std::string html = "<table style=\"border-collapse:collapse;margin:16px 0\">\n";
    for (const Fact& fact : list) {
        html += fmt::format("<tr><th style=\"{0};font-weight:bold\">{1}</th><td style=\"{0}\">{2}</td></tr>\n",
                            cell,
                            e(fact.label),
                            e(fact.value));
    }
    return html + "</table>\n";
}

std::string samples_of(const core::Notice& notice) {
    if (notice.samples.empty()) {
        return {};
    }
    std::string html = "<h2 style=\"font-size:16px\">Who is affected</h2>\n<ul>\n";
    for (const std::string& line : sample_lines(notice)) {
        html += fmt::format("<li>{}</li>\n", e(line));
    }
    if (const std::size_t more = beyond_samples(notice); more > 0) {
        html += fmt::format(
            "<li>and {} more{}</li>\n", more, notice.mailboxes.empty() ? "" : "; the attachment names them");
    }
    return html + "</ul>\n";
}

} // namespace

std::string mail_html(const core::Notice& notice, const Origin& origin, std::string_view link) {
    std::string html =
        fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title></head>\n"
                    "<body style=\"font:15px/1.45 sans-serif;max-width:720px\">\n"
                    "<h1 style=\"font-size:20px;color:{1};border-left:6px solid {1};padding-left:10px\">{0}</h1>\n",
                    e(headline(notice)),
                    colour_of(notice));
    html += paragraphs(notice.text) + table_of(facts(notice)) + samples_of(notice);
    if (const std::string remedy = safe_lines(notice.remedy); !remedy.empty()) {
        html += fmt::format("<h2 style=\"font-size:16px\">What mends it</h2>\n<div style=\"{}\">", pre);
        for (const std::string& line : base::split(base::trim(remedy), '\n')) {
            html += e(line) + "<br>\n";
        }
        html += "</div>\n";
    }
    if (!link.empty()) {
        html += fmt::format("<p><a href=\"{0}\">{0}</a></p>\n", e(link));
    }
    return html + fmt::format("<p style=\"color:#595959;font-size:12px\">{}</p>\n</body></html>\n",
                              e(signature_line(notice, origin)));
}

} // namespace mailpreflight::notify
