#pragma once

#include "simulator/http_message.hpp"
#include "simulator/http_server.hpp"
#include "simulator/world.hpp"

#include <functional>

namespace mailpreflight::simulator {

/** What the control API needs beside the world. */
struct ControlHooks {
    std::function<TransportCounters()> transport;
    std::function<void()> settings_changed; ///< the certificate choice may be another; called without the lock
    std::function<void()> shutdown;
};

/** The JSON calls of the control port: one function each in the source. Thread-safe. */
class ControlApi {
public:
    ControlApi(World& world, ControlHooks hooks);
    HttpResponse handle(const HttpRequest& request);

private:
    World& world_;
    ControlHooks hooks_;
};

} // namespace mailpreflight::simulator
