#include "runner/request_queue.hpp"

#include "runner/pacer.hpp"

#include <gtest/gtest.h>

using namespace mailpreflight;
using namespace std::chrono_literals;

namespace {

core::CheckRequest request(const char* address, core::Priority priority, const char* run = "") {
    core::CheckRequest made;
    made.key = {core::Check::mailbox_impersonation, core::Subject::of_mailbox("contoso", address)};
    made.priority = priority;
    made.run = run;
    return made;
}

const auto any = [](const core::CheckRequest&) { return true; };

} // namespace

TEST(RequestQueue, on_demand_overtakes_everything_and_equals_keep_their_order) {
    runner::RequestQueue queue;
    queue.push(request("sweep1@x", core::Priority::sweep));
    queue.push(request("sweep2@x", core::Priority::sweep));
    queue.push(request("second@x", core::Priority::second_look));
    queue.push(request("demand@x", core::Priority::on_demand, "c1"));
    std::vector<std::string> order;
    while (const auto next = queue.pop(core::Priority::sweep, any)) {
        order.push_back(next->key.subject.name);
    }
    EXPECT_EQ(order, (std::vector<std::string>{"demand@x", "second@x", "sweep1@x", "sweep2@x"}));
}

TEST(RequestQueue, a_scheduled_key_waits_only_once) {
    runner::RequestQueue queue;
    EXPECT_TRUE(queue.push(request("a@x", core::Priority::sweep)));
    EXPECT_FALSE(queue.push(request("a@x", core::Priority::canary)));
    EXPECT_TRUE(queue.push(request("a@x", core::Priority::on_demand, "c1")));
    EXPECT_EQ(queue.size(), 2U);
    queue.pop(core::Priority::sweep, any);
    queue.pop(core::Priority::sweep, any);
    EXPECT_TRUE(queue.push(request("a@x", core::Priority::sweep)));
}

TEST(RequestQueue, what_may_not_go_yet_is_passed_over_not_lost) {
    runner::RequestQueue queue;
    queue.push(request("held@x", core::Priority::sweep));
    queue.push(request("free@x", core::Priority::sweep));
    const auto next =
        queue.pop(core::Priority::sweep, [](const core::CheckRequest& r) { return r.key.subject.name != "held@x"; });
    ASSERT_TRUE(next);
    EXPECT_EQ(next->key.subject.name, "free@x");
    EXPECT_EQ(queue.size(), 1U);
}

TEST(Pacer, spaces_requests_evenly_without_a_burst) {
    runner::Pacer pacer(5.0);
    const base::SteadyTime start{1h};
    EXPECT_EQ(pacer.take(start), std::nullopt);
    EXPECT_EQ(pacer.take(start), 200ms);
    EXPECT_EQ(pacer.take(start + 150ms), 50ms);
    EXPECT_EQ(pacer.take(start + 200ms), std::nullopt);
    // An idle hour saves nothing up.
    EXPECT_EQ(pacer.take(start + 1h), std::nullopt);
    EXPECT_EQ(pacer.take(start + 1h), 200ms);
}
