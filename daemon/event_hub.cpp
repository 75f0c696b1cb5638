#include "daemon/event_hub.hpp"

#include <algorithm>

namespace mailpreflight::daemon {

void EventHub::publish(api::WatchEvent event) {
    event.at = clock_.now();
    inside_.with([&](Inside& inside) {
        event.id = ++inside.newest;
        inside.kept.push_back(event);
        if (inside.kept.size() > most_kept) {
            inside.kept.pop_front();
        }
        std::erase_if(inside.streams, [](const auto& stream) { return !stream->is_open(); });
        for (const auto& stream : inside.streams) {
            stream->send(event);
        }
    });
}

api::WatchHello EventHub::subscribe(const api::WatchRequest& request,
                                    std::shared_ptr<api::WatchStream> stream,
                                    const std::string& version) {
    return inside_.with([&](Inside& inside) {
        api::WatchHello hello;
        hello.version = version;
        hello.now = clock_.now();
        hello.newest = inside.newest;
        if (request.after) {
            hello.missed = !inside.kept.empty() && inside.kept.front().id > *request.after + 1;
            for (const api::WatchEvent& event : inside.kept) {
                if (event.id > *request.after) {
                    stream->send(event);
                }
            }
        }
        inside.streams.push_back(std::move(stream));
        return hello;
    });
}

void EventHub::close() {
    inside_.with([](Inside& inside) {
        for (const auto& stream : inside.streams) {
            stream->finish();
        }
        inside.streams.clear();
    });
}

} // namespace mailpreflight::daemon
