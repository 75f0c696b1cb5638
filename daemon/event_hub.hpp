#pragma once

#include "api/watch.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace mailpreflight::daemon {

/// What `watch` shows: keeps the newest events and hands each to every open stream. Safe from any thread; never waits
/// for a reader.
class EventHub {
public:
    static constexpr std::size_t most_kept = 10'000;

    explicit EventHub(const base::Clock& clock) :
        clock_(clock) {}

    /// Gives the event its id and time.
    void publish(api::WatchEvent event);

    /// Sends what is kept behind `after` and keeps the stream.
    api::WatchHello
    subscribe(const api::WatchRequest& request, std::shared_ptr<api::WatchStream> stream, const std::string& version);

    /// Ends all streams.
    void close();

private:
    struct Inside {
        std::uint64_t newest = 0;
        std::deque<api::WatchEvent> kept;
        std::vector<std::shared_ptr<api::WatchStream>> streams;
    };

    const base::Clock& clock_;
    base::Guarded<Inside> inside_;
};

} // namespace mailpreflight::daemon
