#pragma once

#include "base/clock.hpp"
#include "core/outbox.hpp"
#include "notify/receiver.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mailpreflight::daemon {

/// One receiver with a thread of its own: a receiver that is down holds its own queue alone. Notices go one after the
/// other, in their order; each until it is delivered or dead, and every attempt is recorded before the next.
class Courier {
public:
    struct Setup {
        std::string receiver;
        std::shared_ptr<notify::Receiver> door; ///< null: it cannot be used, and what it is owed waits
        std::string problem = {};               ///< why not
        base::Duration give_up_after = std::chrono::hours(48);
        base::Duration attempt_timeout = std::chrono::seconds(30);
        /// What goes on is told again so often; nothing: it keeps that by itself.
        std::optional<base::Duration> resend_every;
        std::vector<core::Notice> firing; ///< with resend_every: what it was told before
    };
    /// Makes an attempt durable; called on the courier's thread.
    using Record = std::function<void(const core::OwedNotice&)>;

    Courier(const base::Clock& clock, Setup setup, std::vector<core::OwedNotice> owed, Record record);
    /// Ends within seconds, whatever is being sent: that is owed still.
    ~Courier();
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    /// Nothing goes before.
    void start();
    void ask_to_stop();
    /// Until it has stopped.
    void wait();
    [[nodiscard]] const std::string& problem() const noexcept {
        return setup_.problem;
    }
    void submit(core::OwedNotice owed);

    [[nodiscard]] std::size_t waiting() const;
    /// Its attempts, by what came of them.
    [[nodiscard]] std::map<core::AttemptResult, std::uint64_t> attempts() const;

private:
    void work(const std::stop_token& stop);
    /// The next notice whose time has come; nothing: none yet, or it is time to resend.
    std::optional<core::OwedNotice> next();
    [[nodiscard]] notify::Delivery send(const core::Notice& notice, const std::stop_token& stop) const;
    void deliver(core::OwedNotice owed, const std::stop_token& stop);
    void resend(const std::stop_token& stop);
    void note_firing(const core::Notice& notice);

    const base::Clock& clock_;
    const Setup setup_;
    const Record record_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<core::OwedNotice> queue_;
    std::map<core::AttemptResult, std::uint64_t> attempts_;
    std::map<std::string, core::Notice> firing_; ///< by group; of the thread alone
    std::optional<base::SteadyTime> resent_at_;
    bool failing_ = false; ///< told, until something is delivered
    std::jthread thread_;
};

} // namespace mailpreflight::daemon
