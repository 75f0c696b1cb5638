#pragma once

#include "base/clock.hpp"
#include "checks/access.hpp"
#include "core/due.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::runner {

/// What the runner needs of one source.
struct SourceSetup {
    checks::SourceEndpoints endpoints;
    int lanes = 2;
    double requests_per_second = 5.0;
    std::function<bool(base::SystemTime)> is_quiet; ///< empty: never
};

/// Where results go. Called from lane threads; must not block for long and must not throw.
class Sink {
public:
    virtual ~Sink() = default;
    /// One request was run. `looked.gate` is set when a gate before it was closed: then it saw nothing itself.
    virtual void looked(const core::CheckRequest& request, checks::Looked looked) = 0;
    /// The request was taken off the queue unrun: its gate closed, it was cancelled, or the source is gone.
    virtual void withheld(const core::CheckRequest& request, const core::Failure& why) = 0;
};

/// What `status` shows of a source's work.
struct SourceLoad {
    std::size_t queued = 0;
    std::size_t held = 0; ///< of those: their mailboxes are left alone for a while, as the server asked
    int in_flight = 0;
    int lanes = 0;
    std::optional<base::SystemTime> paused_until;
    std::string why_paused;
    bool quiet = false;
};

/// The pool of lanes: CheckRequest in, Looked out. Per source a bounded number of threads with one connection each, one
/// rate, one back-off; one lane of two or more is kept for on-demand and source checks. All methods are safe from any
/// thread.
class Runner {
public:
    Runner(net::Network& network, core::CredentialGate& gate, const base::Clock& clock, Sink& sink, int total_lanes);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// Starts, changes and ends sources. What a changed source still had queued is withheld, what is in flight has
    /// `grace` to end: a presentation that is cut short counts as one that may have been refused. Connections die.
    void configure(std::map<std::string, SourceSetup> sources, std::chrono::milliseconds grace);

    /// False when it waits already or the source is unknown.
    bool submit(core::CheckRequest request);

    /// From now on so many lanes of the source work at most; nothing: all of its own. Forgotten by configure().
    void limit_lanes(const std::string& source, std::optional<int> most);

    /// Withholds what is still queued of an on-demand run.
    void cancel(const std::string& run);

    /// All sources, or none: how the scheduler and status see the work.
    [[nodiscard]] std::map<std::string, SourceLoad> load() const;

    /// Ends all lanes: requests in flight are stopped, queued ones withheld. Idempotent.
    void stop();

    class Pool; ///< one source's threads, in pool.hpp

private:
    net::Network& network_;
    core::CredentialGate& gate_;
    const base::Clock& clock_;
    Sink& sink_;
    const int total_lanes_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Pool>> pools_;
};

} // namespace mailpreflight::runner
