#pragma once

#include "daemon/courier.hpp"
#include "daemon/judge.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mailpreflight::config {
struct Config;
struct Receiver;
} // namespace mailpreflight::config
namespace mailpreflight::net {
class Network;
}

namespace mailpreflight::daemon {

/// The couriers of all receivers. All methods are safe from any thread.
class Couriers {
public:
    Couriers(const base::Clock& clock, net::Network& network, Judge& judge, std::filesystem::path state_directory);

    /// One courier a receiver, heartbeats among them for trials, each with what the outbox owes it; those of before end
    /// first. What receivers that are gone are owed is dead. Says which cannot be used, and why.
    std::vector<std::string> configure(const config::Config& config,
                                       const std::filesystem::path& credentials_directory,
                                       const notify::Origin& origin);

    /// Why the receiver cannot be used; empty: it can, or there is none.
    [[nodiscard]] std::string problem_of(const std::string& receiver) const;

    void submit(const std::vector<core::OwedNotice>& notices);
    void stop();

    struct Load {
        std::size_t waiting = 0;
        std::map<core::AttemptResult, std::uint64_t> attempts; ///< since the start of the service
    };
    [[nodiscard]] std::map<std::string, Load> load() const;

private:
    Courier::Setup setup_of(const config::Receiver& receiver,
                            const std::filesystem::path& credentials_directory,
                            const notify::Origin& origin) const;
    std::vector<core::Notice> firing_at(const std::string& receiver) const;
    void record(const core::OwedNotice& owed);
    void hand_over(core::OwedNotice owed);
    std::vector<core::OwedNotice> owed_to(const std::string& receiver) const;
    void bury_what_nobody_hears(const config::Config& config);

    const base::Clock& clock_;
    net::Network& network_;
    Judge& judge_;
    const std::filesystem::path state_directory_;
    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Courier>> couriers_;
    std::optional<std::vector<core::OwedNotice>> arrived_; ///< while configure() is at it
    std::map<std::string, std::map<core::AttemptResult, std::uint64_t>> attempts_before_; ///< of couriers that ended
};

} // namespace mailpreflight::daemon
