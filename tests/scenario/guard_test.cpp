#include "tests/scenario/world.hpp"

#include <array>
#include <iostream>
#include <random>

using namespace mailpreflight;
using namespace mailpreflight::scenario;

TEST(GuardScenario, a_wrong_password_is_presented_once_in_a_day_and_is_one_incident) {
    World world(40, "", "Wrong-Horse-7");
    world.pass(24h, 15min);
    EXPECT_EQ(world.exchange->presentations(), 1U);
    EXPECT_EQ(world.exchange->refused_presentations(), 1U);
    const auto incidents = world.open_incidents();
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].cause, core::Cause::credential_refused);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::no_go);
}

TEST(GuardScenario, a_password_changed_in_mid_flight_costs_at_most_two_refusals_and_no_lockout) {
    World world;
    world.settle();
    world.exchange->with_state([](simulator::State& state) {
        state.directory.change_password(*state.directory.find("CONTOSO\\migadmin"), "Other-Horse-8");
    });
    world.pass(24h, 15min);
    EXPECT_LE(world.exchange->refused_presentations(), 2U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::no_go);
}

TEST(GuardScenario, whatever_happens_in_a_day_no_more_than_two_are_refused_and_nothing_is_locked) {
    const char* const given = std::getenv("SEED");
    const unsigned seed =
        given == nullptr ? std::random_device()() : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
    std::cout << "seed " << seed << "\n";
    std::mt19937 chance(seed);
    World world(12, "", "Wrong-Horse-7");
    const std::array<std::string, 4> words{"Correct-Horse-7", "Wrong-Horse-7", "Other-Horse-8", "Third-Horse-9"};
    const auto any_word = [&] { return words.at(chance() % words.size()); };
    for (int step = 0; step < 95; ++step) {
        std::vector<std::string> problems;
        switch (chance() % 8) {
        case 0:
            world.exchange->with_state([&](simulator::State& state) {
                state.directory.change_password(*state.directory.find("CONTOSO\\migadmin"), any_word());
            });
            break;
        case 1:
            world.write("password", any_word());
            static_cast<void>(world.app->reload(problems));
            break;
        case 2:
            static_cast<void>(world.app->ledger().retry("migadmin", false, base::Deadline::in(5s)));
            break;
        case 3:
            world.restart();
            break;
        default:
            break;
        }
        world.pass(15min, 5min);
        ASSERT_LE(world.exchange->refused_presentations(), 2U) << "step " << step;
    }
    EXPECT_FALSE(world.exchange->with_state(
        [](simulator::State& state) { return state.directory.find("CONTOSO\\migadmin")->lockout_time.has_value(); }));
}

TEST(GuardScenario, a_new_accounts_next_secret_waits_for_the_lockout_window) {
    World world(40, "", "Wrong-Horse-7");
    world.settle();
    world.write("password", "Correct-Horse-7");
    std::vector<std::string> problems;
    ASSERT_TRUE(world.app->reload(problems));
    world.pass(40min, 5min);
    EXPECT_NE(world.readiness().verdict, core::Verdict::go);
    world.pass(50min, 5min);
    EXPECT_EQ(world.exchange->refused_presentations(), 1U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}

TEST(GuardScenario, the_new_secret_is_tried_at_once_after_a_reload_that_declares_the_threshold) {
    World world(40, "", "Wrong-Horse-7");
    world.settle();
    world.write("password", "Correct-Horse-7");
    world.replace("[account.migadmin]\n", "[account.migadmin]\nlockout_threshold = 5\n");
    std::vector<std::string> problems;
    const auto reloaded = world.app->reload(problems);
    ASSERT_TRUE(reloaded) << reloaded.error().message();
    EXPECT_TRUE(reloaded->changed);
    world.pass(40min, 5min);
    EXPECT_EQ(world.exchange->refused_presentations(), 1U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}

TEST(GuardScenario, a_bad_configuration_keeps_the_old_one_in_force_and_says_why) {
    World world;
    world.settle();
    world.write("mailpreflight.toml", "[source.contoso]\nurll = 3\n");
    std::vector<std::string> problems;
    EXPECT_FALSE(world.app->reload(problems));
    EXPECT_FALSE(problems.empty());
    world.pass(20min);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}
