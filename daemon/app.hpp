#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "daemon/check_runs.hpp"
#include "daemon/couriers.hpp"
#include "daemon/event_hub.hpp"
#include "daemon/heartbeats.hpp"
#include "daemon/judge.hpp"
#include "daemon/metric_counts.hpp"
#include "daemon/scheduler.hpp"
#include "net/network.hpp"
#include "runner/runner.hpp"
#include "runner/setup.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace mailpreflight::daemon {

/// What main gives the App.
struct AppOptions {
    std::filesystem::path configuration;
    std::filesystem::path credentials_directory; ///< $CREDENTIALS_DIRECTORY, or empty
};

/// The composition root: constructs every part in order, passes references down, ends them in reverse. A library, so
/// that scenario tests run the service in one process with the simulator.
class App final : public runner::Sink {
public:
    /// Loads nothing by itself: `config` was checked. Opens store and ledger in its state directory.
    static base::Result<std::unique_ptr<App>> open(const base::Clock& clock, AppOptions options, config::Config config);

    ~App() override;
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Starts judge and lanes. The scheduler is stepped by the caller.
    void start();

    /// One turn of the scheduler: hands out what is due.
    void step();

    /// Stops lanes, judges what they saw, ends streams. Within seconds, whatever is in flight. Idempotent.
    void stop();

    struct Reloaded {
        bool changed = false;
        std::vector<std::string> changes;
        std::vector<std::string> warnings;
    };
    /// Reads the configuration file, its lists and its secrets again; all of it or, with the reasons in `problems`,
    /// nothing.
    base::Result<Reloaded> reload(std::vector<std::string>& problems);

    /// What the API needs; the parts are safe from any thread.
    [[nodiscard]] const base::Clock& clock() const noexcept {
        return clock_;
    }
    [[nodiscard]] Judge& judge() noexcept {
        return *judge_;
    }
    [[nodiscard]] runner::Runner& runner() noexcept {
        return *runner_;
    }
    [[nodiscard]] store::Ledger& ledger() noexcept {
        return *ledger_;
    }
    [[nodiscard]] EventHub& events() noexcept {
        return events_;
    }
    [[nodiscard]] Couriers& couriers() noexcept {
        return *couriers_;
    }
    [[nodiscard]] CheckRuns& runs() noexcept {
        return *runs_;
    }
    /// What has happened since the start.
    [[nodiscard]] MetricCounts metric_counts() const {
        return counts_.with([](const MetricCounts& counts) { return counts; });
    }
    [[nodiscard]] base::SystemTime started_at() const noexcept {
        return started_at_;
    }
    [[nodiscard]] std::filesystem::path state_directory() const;

    struct Setting {
        std::shared_ptr<const config::Config> config;
        std::shared_ptr<const std::map<std::string, runner::LoadedAccount>> accounts;
        std::shared_ptr<const runner::OwnLoginsOfSources> own_logins;
    };
    /// The configuration in force.
    [[nodiscard]] Setting setting() const;

    /// An operator's word that the source's individual passwords may be tried again; returns what was kept before.
    core::Outcome<core::SprayBrake> release_spray_brake(const std::string& source);

    /// Makes the couriers anew from the outbox: somebody changed what is owed.
    void take_up_notices();

    /// How often the judge has turned; the watchdog wants it to grow.
    [[nodiscard]] std::uint64_t judge_turns() const noexcept {
        return judge_turns_.load();
    }

    void looked(const core::CheckRequest& request, checks::Looked looked) override;
    void withheld(const core::CheckRequest& request, const core::Failure& why) override;

private:
    App(const base::Clock& clock, AppOptions options);
    base::Status open_parts(config::Config config);
    /// After a reload: a mended secret or URL is tried at once, not at the next interval.
    void look_at_sources_now();
    runner::Fingerprint fingerprint() const;
    /// Says which cannot be used, and why.
    std::vector<std::string> configure_receivers(const config::Config& config);
    void show_signs_of_life();
    /// account.spray_brake of each source, where the judge does not believe what the ledger says.
    void tell_spray_brakes();

    const base::Clock& clock_;
    const AppOptions options_;
    const base::SystemTime started_at_;
    net::Network network_;
    EventHub events_;
    base::Guarded<Setting> setting_;
    base::Guarded<MetricCounts> counts_;
    std::optional<store::Store> store_;
    std::unique_ptr<store::Ledger> ledger_;
    std::unique_ptr<Judge> judge_;
    std::unique_ptr<runner::Runner> runner_;
    std::unique_ptr<Scheduler> scheduler_;
    std::unique_ptr<CheckRuns> runs_;
    std::unique_ptr<Couriers> couriers_;
    Heartbeats heartbeats_;
    core::LifeMemory life_; ///< of the scheduler's thread alone
    std::optional<base::SteadyTime> life_shown_at_;
    std::atomic<std::uint64_t> judge_turns_{0};
    std::mutex reload_mutex_;
    std::jthread judge_thread_;
};

} // namespace mailpreflight::daemon
