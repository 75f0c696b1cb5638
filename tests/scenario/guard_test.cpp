#include "tests/scenario/world.hpp"

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

TEST(GuardScenario, the_new_secret_is_tried_at_once_after_a_reload) {
    World world(40, "", "Wrong-Horse-7");
    world.settle();
    world.write("password", "Correct-Horse-7");
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
