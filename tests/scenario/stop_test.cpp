#include "tests/scenario/world.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

using namespace mailpreflight;
using namespace mailpreflight::scenario;

namespace {

std::size_t threads() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        ++count;
    }
    return count;
}

/// Lets the clock run until the condition holds; for 10 s of the test's own time at most.
template <typename Condition>
void step_until(World& world, Condition condition) {
    const auto started = std::chrono::steady_clock::now();
    while (!condition() && std::chrono::steady_clock::now() - started < 10s) {
        world.app->step();
        world.clock.advance(10ms);
        std::this_thread::yield();
    }
}

/// Stops the service: within 5 s, and none of its threads is left.
void expect_quick_end(World& world, std::size_t threads_before) {
    const auto started = std::chrono::steady_clock::now();
    world.app->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
    world.app.reset();
    world.exchange.reset();
    // A name lookup or a handshake of a library cannot be cut short; it is abandoned, and ends by itself.
    while (threads() > threads_before && std::chrono::steady_clock::now() - started < 5s) {
        std::this_thread::yield();
    }
    EXPECT_EQ(threads(), threads_before);
}

} // namespace

TEST(Stop, ends_at_once_whichever_request_of_a_first_sweep_hangs) {
    { const World first; } // what libraries start once and keep
    const std::size_t before = threads();
    for (std::uint64_t request = 0; request < 48; request += request < 16 ? 1 : 4) {
        SCOPED_TRACE(request); // the anonymous question, each leg of the handshakes, the login, OWA, the mailboxes
        World world(40);
        world.exchange->with_state([&](simulator::State& state) {
            simulator::FaultRule hang;
            hang.kind = simulator::FaultKind::latency;
            hang.value = 60'000;
            hang.skip = request;
            hang.before_auth = true;
            state.faults.add(hang);
        });
        const auto hangs = [&] {
            return world.exchange->transport().requests > request &&
                   world.app->runner().load().at("contoso").in_flight > 0;
        };
        step_until(world, hangs);
        EXPECT_TRUE(hangs());
        expect_quick_end(world, before);
    }
}

TEST(Reload, lets_what_is_under_way_end_so_that_no_presentation_is_left_without_an_answer) {
    for (std::uint64_t request = 0; request < 6; ++request) {
        SCOPED_TRACE(request);
        World world(6);
        world.exchange->with_state([&](simulator::State& state) {
            simulator::FaultRule slow;
            slow.kind = simulator::FaultKind::latency;
            slow.value = 1'000;
            slow.skip = request;
            slow.remaining = 1;
            slow.before_auth = true;
            state.faults.add(slow);
        });
        step_until(world, [&] {
            return world.exchange->transport().requests > request &&
                   world.app->runner().load().at("contoso").in_flight > 0;
        });
        world.replace("[source.contoso.limits]\n", "[source.contoso.limits]\nrequest_timeout = \"60s\"\n");
        const std::jthread time([&](const std::stop_token& stop) { // the source's rate waits by this clock
            while (!stop.stop_requested()) {
                world.clock.advance(1ms);
                std::this_thread::yield();
            }
        });
        std::vector<std::string> problems;
        ASSERT_TRUE(world.app->reload(problems)) << (problems.empty() ? "" : problems.front());
        const auto ledger = world.app->ledger().snapshot("migadmin");
        ASSERT_TRUE(ledger);
        EXPECT_TRUE(ledger->unanswered.empty());
    }
}

TEST(Stop, ends_at_once_while_a_server_takes_the_connection_and_says_nothing) {
    { const World first; }
    const std::size_t before = threads();
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(listener, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener, 16), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    {
        World world(
            6, "ews_url = \"https://localhost:" + std::to_string(ntohs(address.sin_port)) + "/EWS/Exchange.asmx\"\n");
        const auto hangs = [&] { return world.app->runner().load().at("contoso").in_flight > 0; };
        step_until(world, hangs);
        EXPECT_TRUE(hangs());
        expect_quick_end(world, before);
    }
    ::close(listener);
}

TEST(Stop, ends_at_once_in_the_middle_of_a_sweep_with_a_full_queue) {
    { const World first; }
    const std::size_t before = threads();
    World world(200);
    world.app->step();
    while (world.app->runner().load().at("contoso").queued < 20) {
        world.app->step();
        world.clock.advance(1ms);
        std::this_thread::yield();
    }
    expect_quick_end(world, before);
}
