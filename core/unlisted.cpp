#include "core/unlisted.hpp"

#include <algorithm>

namespace mailpreflight::core {

std::vector<std::string> unlisted(const Plan& plan,
                                  const std::string& source,
                                  const std::vector<FoundMailbox>& found,
                                  const std::set<std::string>& accepted) {
    std::set<std::string> known = accepted;
    for (const Batch& batch : plan.batches) {
        if (batch.source == source) {
            for (const ListedMailbox& mailbox : batch.list.mailboxes) {
                known.insert(mailbox.address);
            }
        }
    }
    for (const SourcePlan& planned : plan.sources) {
        if (planned.name == source) {
            known.insert(planned.must_not_open.begin(), planned.must_not_open.end());
        }
    }
    std::set<std::string> missing;
    for (const FoundMailbox& mailbox : found) {
        const bool is_known = known.contains(mailbox.primary) ||
                              std::any_of(mailbox.aliases.begin(),
                                          mailbox.aliases.end(),
                                          [&](const std::string& alias) { return known.contains(alias); });
        if (!is_known) {
            missing.insert(mailbox.primary);
        }
    }
    return {missing.begin(), missing.end()};
}

} // namespace mailpreflight::core
