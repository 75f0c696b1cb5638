#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

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
    store_failed,
    store_recovered,
    clock_leapt,
    audit,
    internal_error,
};

/// "MPF_INCIDENT_OPENED"
std::string_view name_of(Message message);

/// Writes one structured line to the journal, or to stderr with a <N> prefix where there is no journal. Fields are
/// {"MPF_SOURCE", "contoso"}; never a secret, and of mailboxes only what the message is about.
void log(Message message,
         const std::string& text,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

} // namespace mailpreflight::daemon
