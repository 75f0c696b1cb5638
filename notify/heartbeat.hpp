#pragma once

#include "http/rest_client.hpp"
#include "notify/receiver.hpp"
#include "notify/service_door.hpp"

#include <string_view>

namespace mailpreflight::notify {

/// healthchecks' forms: <url>/start, <url>, <url>/fail.
enum class HeartbeatKind { start, success, fail };

/// Who notices that we have fallen silent: told of each sweep's begin and end. A trial is a success.
class Heartbeat {
public:
    virtual ~Heartbeat() = default;
    /// `text` (cut at 10 KB) says more. Blocks until the deadline at most; one thread at a time.
    virtual Delivery beat(HeartbeatKind kind, std::string_view text, const base::Deadline& deadline) = 0;
};

/// The path of a beat, "/uuid" or "/uuid?x=1" being that of the URL.
std::string beat_path(std::string_view path, HeartbeatKind kind);

class HttpHeartbeat final : public Heartbeat {
public:
    explicit HttpHeartbeat(ServiceDoor door) :
        door_(std::move(door)) {}
    Delivery beat(HeartbeatKind kind, std::string_view text, const base::Deadline& deadline) override;

private:
    ServiceDoor door_;
};

} // namespace mailpreflight::notify
