#pragma once

#include "json/value.hpp"
#include "notify/receiver.hpp"
#include "notify/service_door.hpp"
#include "notify/settings.hpp"

#include <string>

namespace mailpreflight::notify {

/// The alerts of a notice, `now`, for POST /api/v2/alerts. Labels stand for the incident, not for what becomes of it:
/// alertname, installation, group, source, cause, direction, severity. As a severity may change, the alert with the one
/// of now goes with those of the other three, resolved: so it fires under one alone, and ends under any. Firing and
/// acknowledged alerts end by themselves after four times `resend_every`: the caller sends them again at that interval.
/// A verdict and a trial, which nothing ends, are alerts for that time. Empty for what is no alert: digests, summaries,
/// what was held. No label and no annotation holds a mailbox's address.
json::Value alerts(const core::Notice& notice,
                   const Origin& origin,
                   base::Duration resend_every,
                   std::string_view link,
                   base::SystemTime now);

class Alertmanager final : public Receiver {
public:
    Alertmanager(ServiceDoor door, AlertmanagerSettings settings, Origin origin, std::string link);
    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override;

private:
    ServiceDoor door_;
    AlertmanagerSettings settings_;
    Origin origin_;
    std::string link_;
};

} // namespace mailpreflight::notify
