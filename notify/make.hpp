#pragma once

#include "net/network.hpp"
#include "notify/heartbeat.hpp"
#include "notify/receiver.hpp"
#include "notify/settings.hpp"

#include <memory>

namespace mailpreflight::notify {

/// The receiver of these settings. `network` outlives it. Throws std::invalid_argument where problem_of() has something
/// to say. A program that makes one has called http::prepare_rest_client().
std::unique_ptr<Receiver> make_receiver(net::Network& network, Settings settings, Origin origin);
std::unique_ptr<Heartbeat> make_heartbeat(net::Network& network, HeartbeatSettings settings);

} // namespace mailpreflight::notify
