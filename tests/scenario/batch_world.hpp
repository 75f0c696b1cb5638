#pragma once

#include "base/guarded.hpp"
#include "daemon/service.hpp"
#include "store/sqlite.hpp"
#include "tests/scenario/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace mailpreflight::scenario {

/// Hears the events of one run of the service.
class Heard final : public api::WatchStream {
public:
    explicit Heard(base::Guarded<std::vector<api::WatchEvent>>& events) :
        events_(events) {}
    void send(const api::WatchLine& line) override {
        if (const auto* const event = std::get_if<api::WatchEvent>(&line)) {
            events_.with([&](std::vector<api::WatchEvent>& all) { all.push_back(*event); });
        }
    }
    void finish() override {}
    [[nodiscard]] bool is_open() const override {
        return true;
    }

private:
    base::Guarded<std::vector<api::WatchEvent>>& events_;
};

/// The world with one batch whose window opens on the evening of its second day, and an operator at the socket.
class BatchWorld : public World {
public:
    explicit BatchWorld(const std::string& more = {},
                        int mailboxes = 24,
                        const std::string& load = "lanes = 3\nrequests_per_second = 2000.0\n") :
        World(mailboxes, more, "Correct-Horse-7", "", "2026-12-02", load) {
        settle();
    }

    daemon::ApiService service() {
        return {*app, [this](std::vector<std::string>& problems) { return app->reload(problems); }};
    }

    /// Goes to a time in steps that are too short to be called blind.
    void go_to(base::SystemTime time, base::Duration step = 20min) {
        while (clock.now() < time) {
            pass(std::min<base::Duration>(step, time - clock.now()),
                 std::min<base::Duration>(step, time - clock.now()));
        }
    }

    std::vector<std::string> reload() {
        std::vector<std::string> problems;
        auto reloaded = app->reload(problems);
        settle();
        return reloaded ? reloaded->warnings : problems;
    }

    core::Readiness of(const std::string& batch) {
        return app->judge().with_state([&](const daemon::State& state) { return state.readiness.at(batch); });
    }

    core::BatchState state(const std::string& batch = "wave1") {
        return shown(batch).status.state;
    }

    api::BatchResponse shown(const std::string& batch = "wave1") {
        return service().batch(caller, {batch}).value();
    }

    /// How many listed mailboxes were looked at since then.
    std::size_t looked_at_since(base::SystemTime time, const std::string& batch = "wave1") {
        return app->judge().with_state([&](const daemon::State& state) {
            std::size_t count = 0;
            for (const core::Batch& one : state.plan.batches) {
                for (const core::ListedMailbox& mailbox : one.list.mailboxes) {
                    const core::Track* const track = core::find_track(
                        state.tracks,
                        {core::Check::mailbox_impersonation, core::Subject::of_mailbox("contoso", mailbox.address)});
                    count +=
                        one.name == batch && track != nullptr && track->latest && track->latest->at > time ? 1U : 0U;
                }
            }
            return count;
        });
    }

    std::vector<std::string> addresses(const std::string& batch = "wave1") {
        return app->judge().with_state([&](const daemon::State& state) {
            std::vector<std::string> list;
            for (const core::Batch& one : state.plan.batches) {
                for (const core::ListedMailbox& mailbox : one.list.mailboxes) {
                    if (one.name == batch) {
                        list.push_back(mailbox.address);
                    }
                }
            }
            return list;
        });
    }

    /// Writes a list of these addresses.
    void write_list(const std::string& name, const std::vector<std::string>& list) {
        std::string text = "EmailAddress\n";
        for (const std::string& address : list) {
            text += address + "\n";
        }
        write(name, text);
    }

    /// Looks at a batch now and waits.
    void check(const std::string& target) {
        const auto accepted = service().check(caller, {.targets = {target}, .wait = false}, nullptr);
        ASSERT_TRUE(accepted.has_value());
        settle();
    }

    void set_state(const std::string& address, simulator::MailboxState state) {
        exchange->with_state([&](simulator::State& inside) {
            inside.organisation.change(address, [&](simulator::Mailbox& mailbox) { mailbox.state = state; });
        });
    }

    std::int64_t count(const std::string& sql) {
        auto database = store::Database::open_for_reading(app->state_directory() / "state.db");
        return database.value().number("SELECT count(*) FROM " + sql).value();
    }

    bool has_open(core::Cause cause) {
        const auto open = open_incidents();
        return std::any_of(
            open.begin(), open.end(), [&](const core::Incident& incident) { return incident.cause == cause; });
    }

    /// What was heard of one kind.
    std::vector<api::WatchEvent> heard(api::WatchKind kind) {
        return events.with([&](const std::vector<api::WatchEvent>& all) {
            std::vector<api::WatchEvent> some;
            std::copy_if(all.begin(), all.end(), std::back_inserter(some), [&](const api::WatchEvent& event) {
                return event.kind == kind;
            });
            return some;
        });
    }

    std::size_t reports() {
        return heard(api::WatchKind::batch_report).size();
    }

    /// Everything that happens from now on, of this run of the service.
    void listen() {
        app->events().subscribe({}, std::make_shared<Heard>(events), "test");
    }

    api::Caller caller{.uid = 1000, .gid = 1000, .pid = 1, .user = "anna", .granted = api::Privilege::admin};
    base::Guarded<std::vector<api::WatchEvent>> events;
};

inline const base::SystemTime window_start =
    base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 2)) + 18h;
inline const base::SystemTime window_end = window_start + 5h;

} // namespace mailpreflight::scenario
