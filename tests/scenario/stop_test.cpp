#include "tests/scenario/world.hpp"

using namespace mailpreflight;
using namespace mailpreflight::scenario;

TEST(Stop, ends_within_five_seconds_with_requests_in_flight) {
    World world;
    world.settle();
    world.exchange->with_state([](simulator::State& state) {
        simulator::FaultRule slow;
        slow.kind = simulator::FaultKind::latency;
        slow.value = 60'000;
        slow.path = "/ews";
        state.faults.add(slow);
    });
    world.clock.advance(25h);
    world.app->step();
    while (world.app->runner().load().at("contoso").in_flight == 0) {
        world.clock.advance(1ms);
        std::this_thread::yield();
    }
    const auto started = std::chrono::steady_clock::now();
    world.app->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
}
