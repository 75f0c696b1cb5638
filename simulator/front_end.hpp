#pragma once

#include "simulator/http_auth.hpp"
#include "simulator/http_message.hpp"
#include "simulator/world.hpp"

namespace mailpreflight::simulator {

/** The client-facing IIS site: routes to the virtual directories, applies faults, writes the log. Thread-safe. */
class FrontEnd {
public:
    explicit FrontEnd(World& world);

    HttpResponse handle(const HttpRequest& request, Connection& connection);

private:
    /** One more open request of this budget, until the result is released (which takes the world's lock). */
    std::shared_ptr<void> charge(Shared& shared, const std::string& budget);

    World& world_;
};

} // namespace mailpreflight::simulator
