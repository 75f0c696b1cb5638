#pragma once

#include "core/sign_of_life.hpp"
#include "notify/heartbeat.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace mailpreflight::daemon {

/// Tells the receivers of heartbeats, on a thread of its own. Nothing is owed: a beat that does not arrive is what
/// those who watch us wait for.
class Heartbeats {
public:
    using Doors = std::map<std::string, std::shared_ptr<notify::Heartbeat>>;

    Heartbeats();
    ~Heartbeats() = default;
    Heartbeats(const Heartbeats&) = delete;
    Heartbeats& operator=(const Heartbeats&) = delete;

    void configure(Doors doors);
    /// Is there anybody to tell?
    [[nodiscard]] bool is_wanted() const;
    void beat(const std::vector<core::Beat>& beats);

private:
    void work(const std::stop_token& stop);

    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    Doors doors_;
    std::deque<core::Beat> beats_;        ///< the newest few
    std::map<std::string, bool> failing_; ///< told; of the thread alone
    std::jthread thread_;
};

} // namespace mailpreflight::daemon
