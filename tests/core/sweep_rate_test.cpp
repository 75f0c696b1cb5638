#include "core/sweep_rate.hpp"

#include "core/readiness.hpp"
#include "tests/core/values.hpp"

#include <fmt/format.h>

// Sweeps that a source's rate cannot finish: size x ways / rate against the interval in force (6.6).
namespace mailpreflight::core {
namespace {

Batch batch_of(const std::string& name, int mailboxes, std::optional<base::SystemTime> start) {
    Batch batch{.name = name, .source = "contoso"};
    for (int i = 0; i < mailboxes; ++i) {
        batch.list.mailboxes.push_back({.address = fmt::format("{}-{}@contoso.example", name, i)});
    }
    if (start) {
        batch.window = Window{*start, *start + 6h, "UTC"};
    }
    return batch;
}

/// One request a second is permitted.
Plan plan_of(std::vector<Batch> batches) {
    return {.sources = {{.name = "contoso", .requests_per_second = 1}}, .batches = std::move(batches), .schedule = {}};
}

Readiness judged(const Plan& plan, base::SystemTime now) {
    return readiness(plan, plan.batches.front(), {}, {}, now);
}

/// What readiness says of the rate: the weight, and why.
std::pair<std::string, std::string> said(const Readiness& ready) {
    for (const auto& [weight, findings] : {std::pair("blocker", &ready.blockers),
                                           std::pair("unknown", &ready.unknowns),
                                           std::pair("warning", &ready.warnings)}) {
        for (const Finding& finding : *findings) {
            if (finding.cause == Cause::sweep_too_slow) {
                return {weight, finding.why};
            }
        }
    }
    return {};
}

TEST(SlowSweep, is_one_that_takes_longer_than_the_interval_in_force) {
    const Plan plan = plan_of({batch_of("wave1", 6000, noon + 4h)});
    const auto slow = slow_sweep(plan, plan.batches[0], noon);
    ASSERT_TRUE(slow);
    EXPECT_EQ(words_for(*slow),
              "6000 requests a sweep at 1 per second take 1h40m, longer than 1h: requests_per_second = 1.7 is needed");
    EXPECT_EQ(slow_sweep(plan, plan.batches[0], noon - 24h), std::nullopt); // six hours are enough
}

TEST(SlowSweep, is_none_that_just_fits_nor_where_no_rate_is_known) {
    Plan plan = plan_of({batch_of("wave1", 3600, noon + 4h)});
    EXPECT_EQ(slow_sweep(plan, plan.batches[0], noon), std::nullopt);
    plan.batches[0].list.mailboxes.push_back({.address = "one-more@contoso.example"});
    EXPECT_TRUE(slow_sweep(plan, plan.batches[0], noon));
    plan.sources[0].requests_per_second = 0;
    EXPECT_EQ(slow_sweep(plan, plan.batches[0], noon), std::nullopt);
}

TEST(SlowSweep, counts_each_way_that_must_pass) {
    Plan plan = plan_of({batch_of("wave1", 2000, noon + 4h)});
    EXPECT_EQ(slow_sweep(plan, plan.batches[0], noon), std::nullopt);
    plan.batches[0].prove = {Way::impersonation, Way::full_access};
    EXPECT_EQ(slow_sweep(plan, plan.batches[0], noon)->requests, 4000U);
}

TEST(SlowSweep, counts_what_other_batches_of_the_source_ask_for_too) {
    Plan plan = plan_of({batch_of("wave1", 2000, noon + 4h), batch_of("wave2", 2000, noon + 4h)});
    plan.batches.push_back(batch_of("elsewhere", 90'000, noon + 4h));
    plan.batches[2].source = "fabrikam";
    const auto slow = slow_sweep(plan, plan.batches[0], noon);
    ASSERT_TRUE(slow);
    EXPECT_EQ(words_for(*slow),
              "2000 requests a sweep at 1 per second take 33m20s of 1h, and other batches of the source are swept over "
              "beside it: requests_per_second = 1.2 is needed");
    plan.batches[1].record.done_at = noon + 4h;
    EXPECT_EQ(slow_sweep(plan, plan.batches[0], noon), std::nullopt);
}

TEST(SlowSweep, is_none_while_no_sweep_goes) {
    const Plan plan = plan_of({batch_of("wave1", 6000, noon + 4h), batch_of("wave0", 1, noon - 1h)});
    EXPECT_EQ(slow_sweep(plan, plan.batches[0], noon), std::nullopt);
}

TEST(Readiness, is_unknown_where_a_sweep_cannot_end_in_time_and_says_the_rate_that_is_needed) {
    const Plan plan = plan_of({batch_of("wave1", 6000, noon + 4h)});
    const Readiness ready = judged(plan, noon);
    EXPECT_EQ(said(ready),
              std::pair(std::string("unknown"),
                        std::string("6000 requests a sweep at 1 per second take 1h40m, longer than 1h: "
                                    "requests_per_second = 1.7 is needed")));
    EXPECT_EQ(ready.verdict, Verdict::unknown);
    EXPECT_EQ(subjects_of(Check::source_watch, Cause::sweep_too_slow, 1), "1 batch");
}

TEST(Readiness, warns_of_a_sweep_that_will_not_end_in_time_nearer_to_the_window) {
    const Plan plan = plan_of({batch_of("wave1", 6000, noon + 48h)});
    EXPECT_EQ(said(judged(plan, noon)),
              std::pair(std::string("warning"),
                        std::string("from 5h30m before the window on: 6000 requests a sweep at 1 per second take "
                                    "1h40m, longer than 1h: requests_per_second = 1.7 is needed")));
}

TEST(Readiness, says_nothing_of_sweeps_once_the_window_has_begun) {
    const Plan plan = plan_of({batch_of("wave1", 6000, noon - 1h)});
    EXPECT_EQ(said(judged(plan, noon)).first, "");
}

} // namespace
} // namespace mailpreflight::core
