#include "store/reader.hpp"
#include "tests/scenario/world.hpp"

using namespace mailpreflight;
using namespace mailpreflight::scenario;

namespace {

bool is_blind(World& world) {
    const auto incidents = world.open_incidents();
    return std::any_of(
        incidents.begin(), incidents.end(), [](const auto& incident) { return incident.cause == core::Cause::blind; });
}

} // namespace

TEST(WatchScenario, a_server_that_only_throttles_mailboxes_is_an_incident_within_blind_after) {
    World world;
    world.settle();
    const core::Plan plan = world.app->judge().with_state([](const daemon::State& state) { return state.plan; });
    world.exchange->with_state([&](simulator::State& state) {
        for (const core::ListedMailbox& mailbox : plan.batches.front().list.mailboxes) {
            simulator::FaultRule busy;
            busy.kind = simulator::FaultKind::throttle;
            busy.value = 1000;
            busy.mailbox = mailbox.address;
            state.faults.add(busy);
        }
    });
    world.pass(29min);
    EXPECT_FALSE(is_blind(world));
    world.pass(31min);
    EXPECT_TRUE(is_blind(world));
    EXPECT_NE(world.readiness().verdict, core::Verdict::no_go) << "what we could not find out is nobody's failure";
}

TEST(WatchScenario, one_busy_mailbox_does_not_keep_the_sweep_from_the_others) {
    World world;
    const core::Plan plan = world.app->judge().with_state([](const daemon::State& state) { return state.plan; });
    world.exchange->with_state([&](simulator::State& state) {
        simulator::FaultRule busy;
        busy.kind = simulator::FaultKind::throttle;
        busy.value = 600'000;
        busy.mailbox = plan.batches.front().list.mailboxes.front().address;
        state.faults.add(busy);
    });
    world.settle();
    EXPECT_EQ(world.readiness().passed, 39U);
    EXPECT_LT(world.clock.now() - start_time, 60s) << "and not only when the lanes have grown back";
}

TEST(WatchScenario, a_quiet_time_is_not_blindness) {
    World world(40, "", "Correct-Horse-7", "quiet = [\"Tue 08:30-12:00 UTC\"]\n");
    world.settle();
    world.pass(4h - 1min, 10min);
    EXPECT_FALSE(is_blind(world));
    world.pass(1h, 10min);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}

TEST(WatchScenario, what_is_older_than_the_retention_is_deleted_and_what_judgement_needs_stays) {
    World world(10, "[store]\nretention = \"1d\"\n");
    world.settle();
    const auto key = world.app->judge().with_state([](const daemon::State& state) {
        return core::TrackKey{
            core::Check::mailbox_impersonation,
            core::Subject::of_mailbox("contoso", state.plan.batches.front().list.mailboxes.front().address)};
    });
    const auto transitions = [&] {
        auto reader = store::Reader::open(world.app->state_directory());
        return reader.value().history(key, 10).value().size();
    };
    EXPECT_EQ(transitions(), 1U);
    world.pass(26h, 15min);
    EXPECT_EQ(transitions(), 0U);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
}
