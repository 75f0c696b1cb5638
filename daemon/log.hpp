#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailpreflight::daemon {

/// What an operator may see in the journal; docs/messages.md explains each. The id is stable.
enum class Message {
    started,
    stopping,
    configuration_refused,
    configuration_reloaded,
    incident_opened,
    incident_changed,
    incident_resolved,
    verdict_changed,
    batch_changed,
    certificate_renewed,
    notice,
    notice_failed,
    notice_dead,
    receiver_unusable,
    store_failed,
    store_recovered,
    clock_leapt,
    audit,
    internal_error,
};

/// "MPF_INCIDENT_OPENED"
std::string_view name_of(Message message);

/// Writes one structured line to the journal, or to stderr with a <N> prefix where there is no journal. Fields are
/// {"MPF_SOURCE", "contoso"}; never a secret, and of mailboxes only what the message is about. `priority`: syslog's,
/// where it is not that of the message.
void log(Message message,
         const std::string& text,
         const std::vector<std::pair<std::string, std::string>>& fields = {},
         std::optional<int> priority = std::nullopt);

} // namespace mailpreflight::daemon
