#pragma once

#include "daemon/app.hpp"
#include "simulator/demo.hpp"
#include "simulator/simulator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <poll.h>
#include <string>
#include <unistd.h>

namespace mailpreflight::scenario {

using namespace std::chrono_literals;

inline const base::SystemTime start_time =
    base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)) + 8h;

/// The service and an Exchange in one process under a clock that stands still until it is moved.
class World {
public:
    /// `more` goes below [source.contoso] or into tables of its own, `limits` into [source.contoso.limits].
    explicit World(int mailboxes = 40,
                   const std::string& more = {},
                   const std::string& password = "Correct-Horse-7",
                   const std::string& limits = {},
                   const std::string& window_day = "2026-12-20",
                   const std::string& load = "lanes = 3\nrequests_per_second = 2000.0\n") :
        folder_(make_folder()),
        clock(start_time) {
        simulator::Demo demo = simulator::make_demo(mailboxes, 7, "Correct-Horse-7");
        demo.state.organisation.mend_all();
        for (simulator::ImpersonationGrant& grant : demo.state.organisation.impersonation) {
            grant.excluded_addresses.clear();
        }
        write("list.csv", demo.csv);
        write("password", password);
        simulator::SimulatorOptions options;
        options.control = false;
        options.tls_directory = folder_ / "tls";
        options.state = std::move(demo.state);
        exchange = std::make_unique<simulator::Simulator>(std::move(options));
        write("mailpreflight.toml",
              "[account.migadmin]\nusername = 'CONTOSO\\migadmin'\npassword = { file = \"password\" }\n"
              "[source.contoso]\ntype = \"exchange\"\nurl = \"" +
                  exchange->url() + "/owa\"\naccount = \"migadmin\"\n" + more + "[source.contoso.tls]\nca_file = \"" +
                  exchange->ca_file().string() +
                  "\"\n"
                  "[source.contoso.limits]\n" +
                  load + limits +
                  "[batch.wave1]\nsource = \"contoso\"\nmailboxes = \"list.csv\"\n"
                  "window = { start = \"" +
                  window_day + " 18:00\", end = \"" + window_day +
                  " 23:00\", zone = \"UTC\" }\n"
                  "[daemon]\nstate_directory = \"" +
                  (folder_ / "state").string() + "\"\n");
        open();
    }

    ~World() {
        app.reset();
        exchange.reset();
        std::filesystem::remove_all(folder_);
    }

    void open() {
        config::LoadResult loaded = config::load(folder_ / "mailpreflight.toml", clock.now());
        for (const config::Problem& problem : loaded.problems) {
            if (problem.severity == config::Problem::Severity::error) {
                ADD_FAILURE() << problem.to_text();
            }
        }
        auto opened = daemon::App::open(clock, {folder_ / "mailpreflight.toml", ""}, std::move(*loaded.config));
        if (!opened) {
            throw std::runtime_error(opened.error().message());
        }
        app = std::move(*opened);
        app->start();
    }

    /// Stops the service and starts it again on what it stored.
    void restart() {
        app.reset();
        open();
    }

    /// Lets time pass in steps; after each, everything that is due is done and judged.
    void pass(base::Duration time, base::Duration step = 60s) {
        for (base::Duration passed{0}; passed < time; passed += step) {
            clock.advance(step);
            settle();
        }
    }

    /// Hands out what is due until nothing is queued, in flight or unjudged.
    void settle() {
        for (int quiet = 0; quiet < 2;) {
            app->step();
            quiet = is_busy() ? 0 : quiet + 1;
            while (is_busy()) {
                ::poll(nullptr, 0, 1); // for what is under way on real connections
                clock.advance(1ms);    // the rate's slots come by the clock
            }
            static_cast<void>(app->judge().call([](daemon::State&, store::Store::Commit&) {}));
            clock.advance(1ms);
        }
    }

    core::Readiness readiness() {
        return app->judge().with_state([](const daemon::State& state) { return state.readiness.at("wave1"); });
    }

    std::vector<core::Incident> open_incidents() {
        return app->judge().with_state([](const daemon::State& state) {
            std::vector<core::Incident> open;
            for (const core::Incident& incident : state.incidents) {
                if (incident.state != core::IncidentState::resolved) {
                    open.push_back(incident);
                }
            }
            return open;
        });
    }

    void revoke(const std::string& database) {
        exchange->with_state([&](simulator::State& state) {
            for (simulator::ImpersonationGrant& grant : state.organisation.impersonation) {
                grant.excluded_databases.push_back(database);
            }
        });
    }

    void restore() {
        exchange->with_state([](simulator::State& state) {
            for (simulator::ImpersonationGrant& grant : state.organisation.impersonation) {
                grant.excluded_databases.clear();
            }
        });
    }

    void write(const std::string& name, const std::string& content) {
        std::ofstream(folder_ / name, std::ios::binary) << content;
        std::filesystem::permissions(folder_ / name,
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    /// In the configuration; takes effect with a reload.
    void replace(const std::string& text, const std::string& by) {
        std::ifstream file(folder_ / "mailpreflight.toml");
        std::string configuration{std::istreambuf_iterator<char>(file), {}};
        const std::size_t at = configuration.find(text);
        ASSERT_NE(at, std::string::npos) << text;
        write("mailpreflight.toml", configuration.replace(at, text.size(), by));
    }

private:
    bool is_busy() {
        const auto load = app->runner().load();
        return std::any_of(load.begin(), load.end(), [](const auto& source) {
            const auto& of = source.second;
            return (of.queued > of.held || of.in_flight > 0) && !of.paused_until && !of.quiet;
        });
    }

    static std::filesystem::path make_folder() {
        std::string name = std::filesystem::temp_directory_path() / "mailpreflight-scenario.XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a folder");
        }
        return name;
    }

    std::filesystem::path folder_;

public:
    base::SimulatedClock clock;
    std::unique_ptr<simulator::Simulator> exchange;
    std::unique_ptr<daemon::App> app;
};

} // namespace mailpreflight::scenario
