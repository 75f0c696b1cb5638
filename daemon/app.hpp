#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "daemon/check_runs.hpp"
#include "daemon/event_hub.hpp"
#include "daemon/judge.hpp"
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
    [[nodiscard]] CheckRuns& runs() noexcept {
        return *runs_;
    }
    [[nodiscard]] base::SystemTime started_at() const noexcept {
        return started_at_;
    }
    [[nodiscard]] std::filesystem::path state_directory() const;

    struct Setting {
        std::shared_ptr<const config::Config> config;
        std::shared_ptr<const std::map<std::string, runner::LoadedAccount>> accounts;
    };
    /// The configuration in force.
    [[nodiscard]] Setting setting() const;

    /// How often the judge has turned; the watchdog wants it to grow.
    [[nodiscard]] std::uint64_t judge_turns() const noexcept {
        return judge_turns_.load();
    }

    void looked(const core::CheckRequest& request, checks::Looked looked) override;
    void withheld(const core::CheckRequest& request, const core::Failure& why) override;

private:
    App(const base::Clock& clock, AppOptions options);
    base::Status open_parts(config::Config config);
    void tell(const State& state, const News& news);
    /// After a reload: a mended secret or URL is tried at once, not at the next interval.
    void look_at_sources_now();
    runner::Fingerprint fingerprint() const;

    const base::Clock& clock_;
    const AppOptions options_;
    const base::SystemTime started_at_;
    net::Network network_;
    EventHub events_;
    base::Guarded<Setting> setting_;
    std::optional<store::Store> store_;
    std::unique_ptr<store::Ledger> ledger_;
    std::unique_ptr<Judge> judge_;
    std::unique_ptr<runner::Runner> runner_;
    std::unique_ptr<Scheduler> scheduler_;
    std::unique_ptr<CheckRuns> runs_;
    std::atomic<std::uint64_t> judge_turns_{0};
    std::mutex reload_mutex_;
    std::jthread judge_thread_;
};

} // namespace mailpreflight::daemon
