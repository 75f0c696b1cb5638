#include "core/receiver.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailpreflight::core {

std::string_view name_of(ReceiverKind kind) {
    switch (kind) {
    case ReceiverKind::journal:
        return "journal";
    case ReceiverKind::email:
        return "email";
    case ReceiverKind::webhook:
        return "webhook";
    case ReceiverKind::alertmanager:
        return "alertmanager";
    case ReceiverKind::command:
        return "command";
    case ReceiverKind::slack:
        return "slack";
    case ReceiverKind::teams:
        return "teams";
    case ReceiverKind::pagerduty:
        return "pagerduty";
    case ReceiverKind::heartbeat:
        return "heartbeat";
    }
    throw std::logic_error("no such kind of receiver");
}

std::optional<ReceiverKind> receiver_kind_named(std::string_view name) {
    static constexpr std::array all{ReceiverKind::journal,
                                    ReceiverKind::email,
                                    ReceiverKind::webhook,
                                    ReceiverKind::alertmanager,
                                    ReceiverKind::command,
                                    ReceiverKind::slack,
                                    ReceiverKind::teams,
                                    ReceiverKind::pagerduty,
                                    ReceiverKind::heartbeat};
    const auto* const found =
        std::find_if(all.begin(), all.end(), [&](ReceiverKind kind) { return name_of(kind) == name; });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

} // namespace mailpreflight::core
