#pragma once

#include "core/notice.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mailpreflight::notify {

/// A notice as the journal takes it; the daemon, which owns the journal's socket, sends it.
struct JournalEntry {
    int priority = 6; ///< syslog's: 2 critical, 3 error, 4 warning, 5 resolved or acknowledged, 6 info
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields; ///< MPF_NOTICE, MPF_GROUP ...; MPF_BATCH once for each

    bool operator==(const JournalEntry&) const = default;
};

JournalEntry journal_entry(const core::Notice& notice);

} // namespace mailpreflight::notify
