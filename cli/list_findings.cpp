#include "cli/list_findings.hpp"

#include <set>
#include <utility>

namespace mailpreflight::cli {

ListFindings findings_of(const core::MailboxList& list, std::string file) {
    ListFindings found{.file = std::move(file), .labels = {}, .domains = {}};
    std::map<std::string, std::set<std::string>> values;
    for (const core::ListedMailbox& mailbox : list.mailboxes) {
        ++found.domains[mailbox.address.substr(mailbox.address.rfind('@') + 1)];
        for (const auto& [name, value] : mailbox.labels) {
            LabelFindings& label = found.labels[name];
            if (!value.empty()) {
                ++label.filled;
                label.example = label.example.empty() ? value : label.example;
                values[name].insert(value);
            }
        }
    }
    for (auto& [name, label] : found.labels) {
        label.distinct = values[name].size();
    }
    return found;
}

} // namespace mailpreflight::cli
