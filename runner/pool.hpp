#pragma once

#include "runner/back_off.hpp"
#include "runner/pacer.hpp"
#include "runner/request_queue.hpp"
#include "runner/runner.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace mailpreflight::runner {

/// One source's lanes. Each thread owns an Access with at most one connection and walks: wait for a slot of the rate,
/// take the first request that may go, run it, report it.
class Runner::Pool {
public:
    Pool(net::Network& network,
         core::CredentialGate& gate,
         const base::Clock& clock,
         Sink& sink,
         SourceSetup setup,
         int lanes);
    ~Pool();

    bool submit(core::CheckRequest request);
    void limit_lanes(std::optional<int> most);
    void cancel(const std::string& run);
    [[nodiscard]] SourceLoad load() const;
    /// Withholds the queue; nothing is begun any more.
    void close();
    /// Until nothing is in flight, after close().
    void wait_until_idle(std::chrono::steady_clock::time_point deadline);
    /// Asks the threads to end, whatever they are at; join() waits for them.
    void ask_to_stop();
    void join();

    [[nodiscard]] const SourceSetup& setup() const noexcept {
        return setup_;
    }

private:
    void work(const std::stop_token& stop, int lane);
    std::optional<core::CheckRequest> next(const std::stop_token& stop, int lane);
    int lanes_in_force() const;
    core::Priority least_priority(int lane) const;
    void run_one(const core::CheckRequest& request, checks::Access& access, const std::stop_token& stop);
    void close_gate(const core::Failure& why);
    bool wait_for_rate(const base::Deadline& deadline);

    net::Network& network_;
    core::CredentialGate& gate_;
    const base::Clock& clock_;
    Sink& sink_;
    const SourceSetup setup_;
    const int lanes_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::condition_variable idle_;
    bool closed_ = false;
    RequestQueue queue_;
    Pacer pacer_;
    BackOff back_off_;
    std::optional<int> most_lanes_; ///< for now
    int in_flight_ = 0;
    std::vector<std::jthread> threads_;
};

} // namespace mailpreflight::runner
