#pragma once

#include "json/value.hpp"
#include "notify/receiver.hpp"
#include "notify/service_door.hpp"
#include "notify/settings.hpp"

#include <string>
#include <vector>

namespace mailpreflight::notify {

/// The events of a notice, without the routing key, in the order in which they are sent: one of trigger, acknowledge or
/// resolve. A trial triggers and resolves. Empty for all else that is only told: nobody gets up for a digest.
std::vector<json::Value> pagerduty_events(const core::Notice& notice, const Origin& origin, std::string_view link = {});

class Pagerduty final : public Receiver {
public:
    Pagerduty(ServiceDoor door, PagerdutySettings settings, Origin origin, std::string link);
    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override;

private:
    ServiceDoor door_;
    PagerdutySettings settings_;
    Origin origin_;
    std::string link_;
};

} // namespace mailpreflight::notify
