#include "tests/scenario/world.hpp"

#include <gmock/gmock.h>

using namespace mailpreflight;
using namespace mailpreflight::scenario;
using testing::HasSubstr;

namespace {

/// Takes the right away as a whole until it dies.
class NobodyMayImpersonate {
public:
    explicit NobodyMayImpersonate(World& world) :
        world_(world),
        grants_(world.exchange->with_state(
            [](simulator::State& state) { return std::exchange(state.organisation.impersonation, {}); })) {}
    ~NobodyMayImpersonate() {
        world_.exchange->with_state(
            [&](simulator::State& state) { state.organisation.impersonation = std::move(grants_); });
    }
    NobodyMayImpersonate(const NobodyMayImpersonate&) = delete;
    NobodyMayImpersonate& operator=(const NobodyMayImpersonate&) = delete;

private:
    World& world_;
    std::vector<simulator::ImpersonationGrant> grants_;
};

} // namespace

TEST(JudgementScenario, a_right_that_nobody_has_any_more_is_one_incident_within_a_canary_interval_and_a_minute) {
    World world;
    world.settle();
    const NobodyMayImpersonate revoked(world);
    world.pass(15min, 5s);
    world.pass(60s, 5s);
    const auto incidents = world.open_incidents();
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].cause, core::Cause::impersonation_denied);
    EXPECT_EQ(incidents[0].subjects.size(), 40U) << "the rest was swept at once, to tell how far it goes";
    const core::Readiness ready = world.readiness();
    EXPECT_EQ(ready.verdict, core::Verdict::no_go);
    ASSERT_EQ(ready.blockers.size(), 1U);
    EXPECT_EQ(ready.blockers[0].extent, "no mailbox opens this way: the right is missing altogether");
    EXPECT_THAT(ready.blockers[0].remedy,
                HasSubstr("New-ManagementRoleAssignment -Role ApplicationImpersonation -User"));
    EXPECT_EQ(ready.blockers[0].remedy.find("CustomRecipientWriteScope"), std::string::npos);
}

TEST(JudgementScenario, a_right_that_comes_back_for_all_is_go_again_and_leaves_no_incident) {
    World world;
    world.settle();
    {
        const NobodyMayImpersonate revoked(world);
        world.pass(20min, 5s);
        ASSERT_EQ(world.readiness().failed, 40U);
    }
    world.pass(25h, 10min);
    EXPECT_EQ(world.open_incidents().size(), 0U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}

TEST(JudgementScenario, a_right_taken_away_for_one_database_names_what_the_refused_have_in_common) {
    World world;
    world.settle();
    world.revoke("DB03");
    world.pass(25h, 10min);
    const core::Readiness ready = world.readiness();
    ASSERT_EQ(ready.blockers.size(), 1U);
    ASSERT_TRUE(ready.blockers[0].in_common);
    EXPECT_EQ(ready.blockers[0].in_common->name, "Database");
    EXPECT_EQ(ready.blockers[0].in_common->value, "DB03");
    EXPECT_EQ(ready.blockers[0].in_common->failed, ready.failed);
    EXPECT_THAT(ready.blockers[0].extent, HasSubstr("others open: not the right as such, but how far it goes"));
    EXPECT_THAT(ready.blockers[0].remedy, HasSubstr("CustomRecipientWriteScope"));
}

TEST(JudgementScenario, a_right_that_comes_and_goes_is_an_incident_of_its_own_and_ends_when_it_stays) {
    World world;
    world.settle();
    for (int i = 0; i < 4; ++i) {
        world.revoke("DB03");
        world.pass(15min, 1min);
        world.restore();
        world.pass(15min, 1min);
    }
    const auto incidents = world.open_incidents();
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].cause, core::Cause::access_unstable);
    EXPECT_NE(world.readiness().verdict, core::Verdict::go);
    world.restart();
    EXPECT_EQ(world.open_incidents(), incidents);
    world.pass(3h, 5min);
    EXPECT_EQ(world.open_incidents().size(), 0U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}
