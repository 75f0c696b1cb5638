#pragma once

#include "notify/receiver.hpp"
#include "notify/service_door.hpp"
#include "notify/settings.hpp"

#include <string>

namespace mailpreflight::notify {

/// Body and header fields of one attempt, which is made `now`: only the signature depends on it.
Post webhook_post(const core::Notice& notice,
                  const Origin& origin,
                  const WebhookSettings& settings,
                  std::string_view link,
                  base::SystemTime now);

/// What is wrong beside the service: a template, a header field that is ours or no field.
std::optional<std::string> problem_of_webhook(const WebhookSettings& settings);

class Webhook final : public Receiver {
public:
    Webhook(ServiceDoor door, WebhookSettings settings, Origin origin, std::string link);
    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override;

private:
    ServiceDoor door_;
    WebhookSettings settings_;
    Origin origin_;
    std::string link_;
};

} // namespace mailpreflight::notify
