#include "net/resolve.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace mailpreflight::net {
namespace {

using base::Deadline;
using namespace std::chrono_literals;

/// A lookup that hangs until it is let go; it counts.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    int entered = 0;

    core::Outcome<std::vector<Address>> pass() {
        std::unique_lock lock(mutex);
        ++entered;
        changed.notify_all();
        changed.wait(lock, [&] { return open; });
        return std::vector{Address{"192.0.2.7"}};
    }
    void await(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return entered >= count; });
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
};

TEST(Resolver, an_address_literal_is_its_own_answer) {
    Resolver resolver([](const std::string&) -> core::Outcome<std::vector<Address>> {
        ADD_FAILURE() << "was looked up";
        return std::vector<Address>{};
    });
    EXPECT_EQ(resolver.resolve("2001:db8::7", Deadline::in(1s)).value(), std::vector{Address{"2001:db8::7"}});
}

TEST(Resolver, localhost_resolves_by_the_system) {
    Resolver resolver;
    const auto addresses = resolver.resolve("localhost", Deadline::in(5s));
    ASSERT_TRUE(addresses);
    EXPECT_TRUE(addresses->front().ip == "127.0.0.1" || addresses->front().ip == "::1");
}

TEST(Resolver, a_failure_of_the_lookup_is_handed_on) {
    Resolver resolver([](const std::string& host) -> core::Outcome<std::vector<Address>> {
        return core::failed(core::Stage::resolve, core::Cause::dns_not_found, host + " does not resolve");
    });
    const auto addresses = resolver.resolve("nowhere.example", Deadline::in(5s));
    ASSERT_FALSE(addresses);
    EXPECT_EQ(
        addresses.error(),
        (core::Failure{core::Stage::resolve, core::Cause::dns_not_found, "nowhere.example does not resolve", {}}));
}

TEST(Resolver, keeps_the_deadline_of_a_lookup_that_hangs_and_does_not_wait_for_it_at_the_end) {
    const auto gate = std::make_shared<Gate>();
    const auto start = std::chrono::steady_clock::now();
    {
        Resolver resolver([gate](const std::string&) { return gate->pass(); });
        const auto addresses = resolver.resolve("slow.example", Deadline::in(100ms));
        ASSERT_FALSE(addresses);
        EXPECT_EQ(addresses.error().cause, core::Cause::dns_timeout);
        EXPECT_EQ(addresses.error().stage, core::Stage::resolve);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
    gate->let_go();
}

TEST(Resolver, a_stop_ends_the_wait_at_once) {
    const auto gate = std::make_shared<Gate>();
    Resolver resolver([gate](const std::string&) { return gate->pass(); });
    std::stop_source stop;
    std::jthread stopper([&] {
        gate->await(1);
        stop.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    const auto addresses = resolver.resolve("slow.example", Deadline::in(30s, stop.get_token()));
    ASSERT_FALSE(addresses);
    EXPECT_EQ(addresses.error(), (core::Failure{core::Stage::resolve, core::Cause::no_answer, "stopped", {}}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
    gate->let_go();
}

TEST(Resolver, equal_names_in_flight_are_looked_up_once) {
    const auto gate = std::make_shared<Gate>();
    Resolver resolver([gate](const std::string&) { return gate->pass(); });
    std::atomic<int> answered{0};
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 8; ++i) {
            callers.emplace_back([&] {
                if (resolver.resolve("same.example", Deadline::in(30s))) {
                    ++answered;
                }
            });
        }
        gate->await(1);
        // One that comes while the lookup surely runs; it gives up, the lookup goes on.
        EXPECT_FALSE(resolver.resolve("same.example", Deadline::in(50ms)));
        gate->let_go();
    }
    EXPECT_EQ(answered, 8);
    // Callers that only got to run after the answer looked again: never more than one lookup at a time.
    EXPECT_LE(gate->entered, 8);
}

TEST(Resolver, never_runs_more_than_four_lookups_and_drops_those_nobody_waits_for) {
    const auto gate = std::make_shared<Gate>();
    Resolver resolver([gate](const std::string&) { return gate->pass(); });
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 6; ++i) {
            callers.emplace_back([&resolver, i] {
                EXPECT_FALSE(resolver.resolve("h" + std::to_string(i) + ".example", Deadline::in(200ms)));
            });
        }
        gate->await(4);
    }
    EXPECT_EQ(gate->entered, 4);
    gate->let_go();
    EXPECT_TRUE(resolver.resolve("after.example", Deadline::in(30s)));
    EXPECT_EQ(gate->entered, 5); // the two that waited in vain were never looked up
}

} // namespace
} // namespace mailpreflight::net
