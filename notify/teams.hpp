#pragma once

#include "json/value.hpp"
#include "notify/receiver.hpp"
#include "notify/service_door.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// What Teams takes of one message.
inline constexpr std::size_t largest_teams_message = 28 * 1024;

/// Text for a TextBlock or a fact, which reads Markdown: its marks behind backslashes.
std::string card_text(std::string_view text);

/// The message that a Workflow takes: one Adaptive Card 1.4, as it is sent. What is long is cut so that it fits.
std::string teams_message(const core::Notice& notice, const Origin& origin, std::string_view link = {});

class Teams final : public Receiver {
public:
    Teams(ServiceDoor door, Origin origin, std::string link);
    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override;

private:
    ServiceDoor door_;
    Origin origin_;
    std::string link_;
};

} // namespace mailpreflight::notify
