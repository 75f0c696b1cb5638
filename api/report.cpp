#include "api/report.hpp"

#include "api/codec.hpp"

namespace mailpreflight::api {

std::string json_document(const report::Report& report) {
    std::string text = "{\"head\":" + to_text(report.head) + ",\"rows\":[";
    std::string_view separator = "\n";
    for (const report::MailboxRow& row : report.mailboxes) {
        text += separator;
        text += to_text(row);
        separator = ",\n";
    }
    return text + "]}\n";
}

} // namespace mailpreflight::api
