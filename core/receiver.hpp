#pragma once

#include <optional>
#include <string_view>

namespace mailpreflight::core {

/// `type` of a [notify.NAME]; the journal is always there and has no table.
enum class ReceiverKind { journal, email, webhook, alertmanager, command, slack, teams, pagerduty, heartbeat };
std::string_view name_of(ReceiverKind kind);
std::optional<ReceiverKind> receiver_kind_named(std::string_view name);

} // namespace mailpreflight::core
