#pragma once

#include "base/deadline.hpp"
#include "core/notice.hpp"

#include <optional>
#include <string>

namespace mailpreflight::notify {

/// Who speaks: told to every receiver.
struct Origin {
    std::string host;         ///< the machine's name
    std::string installation; ///< 16 hex digits, one of a kind: with a notice's group it is unique in the world
    std::string version;
};

enum class DeliveryResult {
    delivered,
    later,   ///< not now: no route, a 5xx, 429, a 4yz reply: worth another attempt
    refused, ///< never like this: 4xx, a 5yz reply, a command that cannot be started
};

/// What came of one attempt.
struct Delivery {
    DeliveryResult result = DeliveryResult::delivered;
    std::string detail;                        ///< for people, without any secret: "503 Service Unavailable"
    std::optional<base::Duration> retry_after; ///< as the receiver asked
};

/// One place that people are told at. An attempt is made by one thread at a time, blocks until the deadline at most,
/// and keeps nothing between attempts.
class Receiver {
public:
    virtual ~Receiver() = default;
    virtual Delivery send(const core::Notice& notice, const base::Deadline& deadline) = 0;
};

} // namespace mailpreflight::notify
