#include "daemon/log.hpp"

#include "base/text.hpp"

#include <systemd/sd-journal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace mailpreflight::daemon {

namespace {

struct Row {
    Message message;
    std::string_view name;
    int priority;        // syslog: 2 critical, 3 error, 4 warning, 5 notice, 6 info
    std::string_view id; // MESSAGE_ID, one for ever
};

constexpr std::array rows{
    Row{Message::started, "MPF_STARTED", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a01"},
    Row{Message::stopping, "MPF_STOPPING", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a02"},
    Row{Message::configuration_refused, "MPF_CONFIGURATION_REFUSED", 3, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a03"},
    Row{Message::configuration_reloaded, "MPF_CONFIGURATION_RELOADED", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a04"},
    Row{Message::incident_opened, "MPF_INCIDENT_OPENED", 4, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a05"},
    Row{Message::incident_changed, "MPF_INCIDENT_CHANGED", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a06"},
    Row{Message::incident_resolved, "MPF_INCIDENT_RESOLVED", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a07"},
    Row{Message::verdict_changed, "MPF_VERDICT_CHANGED", 4, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a08"},
    Row{Message::batch_changed, "MPF_BATCH_CHANGED", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a11"},
    Row{Message::certificate_renewed, "MPF_CERTIFICATE_RENEWED", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a10"},
    Row{Message::notice, "MPF_NOTICE", 6, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a12"},
    Row{Message::notice_failed, "MPF_NOTICE_FAILED", 4, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a13"},
    Row{Message::notice_dead, "MPF_NOTICE_DEAD", 3, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a14"},
    Row{Message::receiver_unusable, "MPF_RECEIVER_UNUSABLE", 3, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a15"},
    Row{Message::store_failed, "MPF_STORE_FAILED", 2, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a09"},
    Row{Message::store_recovered, "MPF_STORE_RECOVERED", 5, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a0a"},
    Row{Message::clock_leapt, "MPF_CLOCK_LEAPT", 4, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a0d"},
    Row{Message::audit, "MPF_AUDIT", 6, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a0b"},
    Row{Message::internal_error, "MPF_INTERNAL_ERROR", 2, "3c5c2a0e1f7b4d7d9a7b2f6f5f1f2a0c"},
};

const Row& row_of(Message message) {
    return rows.at(static_cast<std::size_t>(message));
}

/// systemd sets JOURNAL_STREAM for services whose stderr is the journal; elsewhere a line on stderr serves people.
bool under_systemd() {
    static const bool result = std::getenv("JOURNAL_STREAM") != nullptr;
    return result;
}

} // namespace

std::string_view name_of(Message message) {
    return row_of(message).name;
}

void log(Message message,
         const std::string& text,
         const std::vector<std::pair<std::string, std::string>>& fields,
         std::optional<int> priority) {
    const Row& row = row_of(message);
    const int level = priority.value_or(row.priority);
    const std::string line = base::to_valid_utf8(text);
    if (!under_systemd()) { // one line there, whatever the journal takes
        std::string single = line;
        std::replace(single.begin(), single.end(), '\n', ' ');
        std::fprintf(stderr, "<%d>%s: %s\n", level, std::string(row.name).c_str(), single.c_str());
        return;
    }
    std::vector<std::string> entries{"MESSAGE=" + line,
                                     "PRIORITY=" + std::to_string(level),
                                     "MESSAGE_ID=" + std::string(row.id),
                                     "MPF_MESSAGE=" + std::string(row.name)};
    for (const auto& [name, value] : fields) {
        entries.push_back(name + "=" + base::to_valid_utf8(value));
    }
    std::vector<iovec> vectors;
    for (std::string& entry : entries) {
        vectors.push_back({entry.data(), entry.size()});
    }
    ::sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size()));
}

} // namespace mailpreflight::daemon
