#pragma once

#include "json/value.hpp"
#include "notify/receiver.hpp"
#include "notify/service_door.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// Slack's mrkdwn: & < > as entities, so that nothing becomes a link or calls a channel; at most `limit` bytes, cut at
/// a character of `text`, never inside of an entity.
std::string mrkdwn(std::string_view text, std::size_t limit);

/// An incoming webhook's message: `text` alone for Mattermost and Rocket.Chat, `blocks` for Slack.
json::Value slack_message(const core::Notice& notice, const Origin& origin, std::string_view link = {});

class Slack final : public Receiver {
public:
    Slack(ServiceDoor door, Origin origin, std::string link);
    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override;

private:
    ServiceDoor door_;
    Origin origin_;
    std::string link_;
};

} // namespace mailpreflight::notify
