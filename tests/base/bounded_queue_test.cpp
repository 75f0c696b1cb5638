#include "base/bounded_queue.hpp"

#include "base/deadline.hpp"
#include "base/guarded.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace mailpreflight::base {
namespace {

using namespace std::chrono_literals;

TEST(BoundedQueue, gives_what_it_got_in_order_and_no_more_than_asked) {
    BoundedQueue<int> queue(3);
    for (const int value : {1, 2, 3}) {
        EXPECT_TRUE(queue.push(value));
    }
    EXPECT_EQ(queue.pop_some(2, 0ms), (std::vector{1, 2}));
    EXPECT_EQ(queue.pop_some(2, 0ms), (std::vector{3}));
    EXPECT_EQ(queue.pop_some(2, 0ms), std::vector<int>{});
}

TEST(BoundedQueue, takes_nothing_after_close_but_gives_what_is_inside) {
    BoundedQueue<int> queue(3);
    queue.push(1);
    queue.close();
    EXPECT_FALSE(queue.push(2));
    EXPECT_TRUE(queue.closed());
    EXPECT_EQ(queue.pop_some(9, 1h), std::vector{1});
    EXPECT_EQ(queue.pop_some(9, 1h), std::vector<int>{}) << "and does not wait for more";
}

TEST(BoundedQueue, that_is_full_lets_go_of_a_waiting_push_at_a_stop_and_at_close) {
    BoundedQueue<int> queue(1);
    queue.push(1);
    std::stop_source stop;
    bool stopped_taken = true;
    {
        const std::jthread pusher([&] { stopped_taken = queue.push(2, stop.get_token()); });
        stop.request_stop();
    }
    EXPECT_FALSE(stopped_taken);
    bool closed_taken = true;
    {
        const std::jthread pusher([&] { closed_taken = queue.push(3); });
        queue.close();
    }
    EXPECT_FALSE(closed_taken);
    EXPECT_EQ(queue.pop_some(9, 0ms), std::vector{1});
}

TEST(BoundedQueue, loses_and_doubles_nothing_between_threads_and_never_grows_past_its_capacity) {
    constexpr int pushers = 4;
    constexpr int each = 2'000;
    BoundedQueue<int> queue(8);
    Guarded<std::vector<int>> taken;
    std::atomic<bool> overfull = false;
    std::vector<std::jthread> poppers;
    for (int i = 0; i < 3; ++i) {
        poppers.emplace_back([&] {
            for (;;) {
                overfull = overfull || queue.size() > 8;
                const std::vector<int> some = queue.pop_some(5, 1s);
                if (some.empty() && queue.closed()) {
                    return;
                }
                taken.with([&](std::vector<int>& all) { all.insert(all.end(), some.begin(), some.end()); });
            }
        });
    }
    {
        std::vector<std::jthread> threads;
        for (int p = 0; p < pushers; ++p) {
            threads.emplace_back([&queue, p] {
                for (int i = 0; i < each; ++i) {
                    queue.push(p * each + i);
                }
            });
        }
    }
    queue.close();
    poppers.clear();
    const auto all = taken.with([](const std::vector<int>& values) { return values; });
    EXPECT_EQ(all.size(), static_cast<std::size_t>(pushers * each));
    EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), all.size());
    EXPECT_FALSE(overfull);
}

TEST(Deadline, has_time_left_until_it_passed_and_never_less_than_none) {
    EXPECT_TRUE(Deadline::in(-1s).passed());
    EXPECT_EQ(Deadline::in(-1s).left(), 0ms);
    EXPECT_GT(Deadline::in(1h).left(), 59min);
    EXPECT_LE(Deadline::in(1h).at_most(1s).left(), 1s);
    EXPECT_LE(Deadline::in(1s).at_most(1h).left(), 1s);
}

} // namespace
} // namespace mailpreflight::base
