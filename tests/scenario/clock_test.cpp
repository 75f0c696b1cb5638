#include "store/sqlite.hpp"
#include "tests/scenario/world.hpp"

#include <array>
#include <iostream>
#include <random>
#include <utility>

namespace mailpreflight::scenario {
namespace {

constexpr base::Duration hour = 1h;
constexpr base::Duration year = 24h * 365;

const std::string brisk = "[schedule]\nsweep_interval = \"30m\"\nsweep_interval_72h = \"30m\"\n"
                          "sweep_interval_4h = \"30m\"\nconfirm_after = \"5m\"\n";

// Not over by a clock that is a year ahead: batches that are done are not looked at.
const std::string far_window = "2029-12-20";
const std::string right_password = "Correct-Horse-7";

/// How many leaps, and which: 20 unless MAILPREFLIGHT_ROUNDS says otherwise; SEED repeats a run.
int rounds() {
    const char* const text = std::getenv("MAILPREFLIGHT_ROUNDS");
    return text == nullptr ? 20 : std::atoi(text);
}

std::mt19937 seeded() {
    const char* const text = std::getenv("SEED");
    const unsigned seed =
        text == nullptr ? std::random_device()() : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
    std::cout << "seed " << seed << "\n";
    return std::mt19937(seed);
}

/// Sets the wall clock off from the time that passes: to another one of a year and an hour ahead and behind, and right.
class WrongClock {
public:
    void leap(World& world, std::mt19937& chance) {
        const std::array<base::Duration, 5> offs{-year, -hour, base::Duration(0), hour, year};
        base::Duration off = off_;
        while (off == off_) {
            off = offs.at(chance() % offs.size());
        }
        world.clock.set(world.clock.now() + off - std::exchange(off_, off));
        std::cout << "   the clock is off by " << base::to_text(off) << " and says "
                  << base::to_rfc3339(world.clock.now()) << "\n";
    }

private:
    base::Duration off_{0};
};

std::int64_t transitions(World& world) {
    auto database = store::Database::open_for_reading(world.app->state_directory() / "state.db");
    return database.value().number("SELECT count(*) FROM transition").value();
}

std::uint64_t refused(World& world) {
    return world.exchange->with_state([](simulator::State& state) { return state.directory.refused_presentations(); });
}

std::size_t rights_lost(World& world) {
    std::size_t subjects = 0;
    for (const core::Incident& incident : world.open_incidents()) {
        subjects += incident.cause == core::Cause::impersonation_denied ? incident.subjects.size() : 0;
    }
    return subjects;
}

/// Open incidents that nobody caused. The life of a certificate is counted by the clock: a wrong one ends it.
std::string others(World& world) {
    std::string found;
    for (const core::Incident& incident : world.open_incidents()) {
        if (incident.cause != core::Cause::impersonation_denied &&
            incident.cause != core::Cause::certificate_expires_soon) {
            found += std::string(core::code_of(incident.cause)) + " ";
        }
    }
    return found;
}

std::string why_unknown(World& world) {
    std::string why;
    for (const auto& [name, load] : world.app->runner().load()) {
        why += fmt::format("{}: {} queued, {} held, {} in flight, paused {}; ",
                           name,
                           load.queued,
                           load.held,
                           load.in_flight,
                           load.paused_until ? base::to_rfc3339(*load.paused_until) : "no");
    }
    return why;
}

TEST(ClockScenario, leaps_of_an_hour_and_a_year_neither_invent_drift_nor_hide_it) {
    World world(24, brisk, right_password, "", far_window);
    world.pass(1h);
    ASSERT_EQ(world.readiness().verdict, core::Verdict::go);
    std::mt19937 chance = seeded();
    WrongClock clock;
    bool revoked = false;
    for (int round = 0; round < rounds(); ++round) {
        SCOPED_TRACE(round);
        clock.leap(world, chance);
        world.settle();
        EXPECT_EQ(rights_lost(world), revoked ? 4U : 0U);
        EXPECT_EQ(others(world), "");
        if (chance() % 2 == 0) {
            revoked ? world.restore() : world.revoke("DB02");
            revoked = !revoked;
        }
        world.pass(2h, 5min);
        EXPECT_EQ(rights_lost(world), revoked ? 4U : 0U);
        EXPECT_EQ(others(world), "");
        EXPECT_EQ(world.readiness().failed, revoked ? 4U : 0U);
        EXPECT_EQ(world.readiness().unknown, 0U) << why_unknown(world);
        if (chance() % 4 == 0) {
            world.restart();
        }
    }
    EXPECT_EQ(refused(world), 0U);
}

TEST(ClockScenario, leaps_never_present_a_refused_secret_again) {
    World world(6, brisk, "Wrong-Horse-7", "", far_window);
    world.pass(10min);
    std::mt19937 chance = seeded();
    WrongClock clock;
    for (int round = 0; round < rounds(); ++round) {
        SCOPED_TRACE(round);
        clock.leap(world, chance);
        world.pass(1h, 5min);
        if (chance() % 3 == 0) {
            world.restart();
            world.pass(10min, 5min);
        }
        ASSERT_EQ(refused(world), 1U);
    }
}

TEST(ClockScenario, a_leap_of_a_year_deletes_no_history) {
    World world(24, brisk, right_password, "", far_window);
    world.pass(1h);
    world.revoke("DB02");
    world.pass(2h, 5min);
    const std::int64_t before = transitions(world);
    ASSERT_GT(before, 24);
    world.clock.set(world.clock.now() + year);
    world.pass(6h, 30min);
    EXPECT_GE(transitions(world), before);
    world.restart();
    world.pass(2h, 30min);
    EXPECT_GE(transitions(world), before);
}

} // namespace
} // namespace mailpreflight::scenario
