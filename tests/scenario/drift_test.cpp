#include "tests/scenario/world.hpp"

using namespace mailpreflight;
using namespace mailpreflight::scenario;

TEST(Scenario, every_mailbox_that_opens_is_go_and_nothing_is_news) {
    World world;
    world.settle();
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
    EXPECT_EQ(world.readiness().passed, 40U);
    EXPECT_EQ(world.open_incidents(), std::vector<core::Incident>{});
    EXPECT_EQ(world.exchange->refused_presentations(), 0U);
}

TEST(Scenario, a_right_taken_away_is_believed_after_the_second_look_and_is_one_incident) {
    World world;
    world.settle();
    world.revoke("DB03");
    world.pass(16min);
    EXPECT_EQ(world.open_incidents().size(), 0U) << "one look is not yet drift";
    EXPECT_NE(world.readiness().verdict, core::Verdict::go) << "but no GO on what was refused a moment ago";
    world.pass(20min);
    const auto incidents = world.open_incidents();
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].cause, core::Cause::impersonation_denied);
    EXPECT_EQ(incidents[0].direction, core::Direction::lost);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::no_go);
}

TEST(Scenario, a_right_that_comes_back_resolves_the_incident_after_two_good_looks) {
    World world;
    world.settle();
    world.revoke("DB03");
    world.pass(36min);
    ASSERT_EQ(world.open_incidents().size(), 1U);
    world.restore();
    world.pass(25h, 10min);
    EXPECT_EQ(world.open_incidents().size(), 0U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}

TEST(Scenario, what_was_believed_survives_a_restart) {
    World world;
    world.settle();
    world.revoke("DB03");
    world.pass(36min);
    const auto before = world.open_incidents();
    ASSERT_EQ(before.size(), 1U);
    world.restart();
    EXPECT_EQ(world.open_incidents(), before);
}

TEST(Scenario, a_transient_refusal_of_one_mailbox_is_no_drift) {
    World world;
    world.settle();
    world.revoke("DB03");
    world.pass(16min);
    world.restore();
    world.pass(60min, 5min);
    EXPECT_EQ(world.open_incidents().size(), 0U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}
