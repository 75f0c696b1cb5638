#pragma once

#include "core/plan.hpp"

#include <set>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// A mailbox that the source has, whoever told of it.
struct FoundMailbox {
    std::string primary;              ///< lower case
    std::vector<std::string> aliases; ///< lower case

    bool operator==(const FoundMailbox&) const = default;
};

/// The mailboxes of a source that no batch lists by any of their addresses and that are not to stay behind
/// (must_not_open): new hires, or whom the list forgot. By primary address, each once, in order. Of those that
/// `accepted` names somebody has said that they stay.
std::vector<std::string> unlisted(const Plan& plan,
                                  const std::string& source,
                                  const std::vector<FoundMailbox>& found,
                                  const std::set<std::string>& accepted);

} // namespace mailpreflight::core
