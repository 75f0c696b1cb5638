#include "core/acceptance.hpp"

#include "tests/core/wave1.hpp"

#include <rapidcheck/gtest.h>

#include <algorithm>

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey bert = mailbox_key("bert@contoso.example");
const TrackKey boss = mailbox_key("boss@contoso.example");
const std::set<Subject> both{anna.subject, bert.subject};

BaselineComparison compared(const Baseline& baseline,
                            const Tracks& tracks,
                            BaselineScope scope,
                            base::SystemTime now = noon,
                            base::Duration max_age = 1h) {
    scope.source = "contoso";
    return compare_with_baseline(plan(), baseline, tracks, compare(plan(), baseline, tracks), scope, max_age, now);
}

std::vector<TrackKey> keys_of(const BaselineComparison& comparison) {
    std::vector<TrackKey> keys;
    for (const BaselineDifference& difference : comparison.differences) {
        keys.push_back(difference.key);
    }
    return keys;
}

TEST(BaselineComparison, tells_what_was_what_is_and_since_when) {
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::mailbox_moved))},
                        {bert, believed(look(bert, noon, Cause::ok))}};
    const Baseline baseline{{anna, entry(Cause::ok)}, {bert, entry(Cause::ok)}};
    const BaselineComparison comparison = compared(baseline, tracks, {.subjects = both});
    EXPECT_EQ(comparison.differences,
              (std::vector{BaselineDifference{anna, entry(Cause::ok), entry(Cause::mailbox_moved), noon}}));
    EXPECT_EQ(comparison.same, std::vector{bert});
    EXPECT_TRUE(comparison.too_old.empty());
}

TEST(BaselineComparison, of_what_the_baseline_does_not_know_there_is_no_before) {
    const BaselineComparison comparison =
        compared({}, {{anna, believed(look(anna, noon, Cause::ok))}}, {.subjects = {anna.subject}});
    EXPECT_EQ(comparison.differences, (std::vector{BaselineDifference{anna, std::nullopt, entry(Cause::ok), noon}}));
}

TEST(BaselineComparison, another_fact_is_a_difference_and_one_that_only_one_side_knows_is_none) {
    const TrackKey version = source_key(Check::server_version);
    const Baseline baseline{{version, entry(Cause::ok, {{"build", "15.1"}})}};
    const BaselineScope source{.subjects = {version.subject}};
    const auto keys = [&](std::map<std::string, std::string> facts) {
        return keys_of(
            compared(baseline, {{version, believed(look(version, noon, Cause::ok, std::move(facts)))}}, source));
    };
    EXPECT_EQ(keys({{"build", "15.2"}}), std::vector{version});
    EXPECT_EQ(keys({{"build", "15.1"}}), std::vector<TrackKey>{});
    EXPECT_EQ(keys({}), std::vector<TrackKey>{});
}

TEST(BaselineComparison, of_a_cause_takes_what_is_believed_for_it_and_what_drifted_by_it) {
    const TrackKey version = source_key(Check::server_version);
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::mailbox_moved))},
                        {bert, believed(look(bert, noon, Cause::impersonation_denied))},
                        {version, believed(look(version, noon, Cause::ok, {{"build", "15.2"}}))}};
    const Baseline baseline{
        {anna, entry(Cause::ok)}, {bert, entry(Cause::ok)}, {version, entry(Cause::ok, {{"build", "15.1"}})}};
    EXPECT_EQ(keys_of(compared(baseline, tracks, {.cause = Cause::mailbox_moved})), std::vector{anna});
    EXPECT_EQ(keys_of(compared(baseline, tracks, {.cause = Cause::server_build_changed})), std::vector{version});
}

TEST(BaselineComparison, takes_what_is_looked_at_more_seldom_than_mailboxes_at_its_own_pace) {
    const TrackKey floor = source_key(Check::tls_floor);
    const Tracks tracks{{floor, believed(look(floor, noon, Cause::ok))}};
    const auto refused = [&](base::SystemTime now) {
        const auto too_old = compared({}, tracks, {.subjects = {floor.subject}}, now, 1min).too_old;
        return std::count(too_old.begin(), too_old.end(), floor) > 0;
    };
    EXPECT_FALSE(refused(noon + 9h)); // tls_floor_interval and half of it
    EXPECT_TRUE(refused(noon + 9h + 1us));
}

TEST(BaselineComparison, names_what_is_too_old_oldest_first) {
    const Tracks tracks{{anna, believed(look(anna, noon + 1h, Cause::ok))},
                        {bert, believed(look(bert, noon, Cause::ok))}};
    EXPECT_EQ(compared({}, tracks, {.subjects = both}, noon + 24h).too_old, (std::vector{bert, anna}));
    EXPECT_EQ(compared({}, {{bert, tracks.at(bert)}}, {.subjects = both}, noon + 24h).too_old,
              (std::vector{anna, bert}))
        << "what was never seen is the oldest";
}

TEST(Accept, writes_who_when_and_why_of_differences_and_of_what_is_the_same) {
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::mailbox_moved))},
                        {bert, believed(look(bert, noon, Cause::ok))}};
    const Baseline baseline{{bert, entry(Cause::ok)}};
    const BaselineComparison comparison = compared(baseline, tracks, {.subjects = both});
    const auto accepted = [](Cause cause) {
        BaselineEntry one = entry(cause);
        one.at = noon + 1h;
        one.provisional = false;
        one.accepted_by = "uid 1000 (anna)";
        one.reason = "moved by hand";
        return one;
    };
    EXPECT_EQ(accepted_entries(comparison, baseline, "uid 1000 (anna)", "moved by hand", noon + 1h),
              (Baseline{{anna, accepted(Cause::mailbox_moved)}, {bert, accepted(Cause::ok)}}));
}

TEST(Accept, never_accepts_an_open_negative_canary_or_our_own_blindness) {
    const TrackKey watch = source_key(Check::source_watch);
    const Tracks tracks{{boss, believed(look(boss, noon, Cause::ok))},
                        {watch, believed(look(watch, noon, Cause::blind))}};
    EXPECT_EQ(accepted_entries(compared({}, tracks, {}), {}, "", "", noon), Baseline{});
}

RC_GTEST_PROP(AcceptProperty, leaves_no_news_but_of_what_cannot_be_accepted, ()) {
    const Tracks tracks = *any_tracks(plan());
    const Tracks earlier = *any_tracks(plan());
    Baseline baseline = adopt(plan(), {}, earlier);
    const BaselineComparison comparison = compared(baseline, tracks, {});
    for (auto& [key, accepted] : accepted_entries(comparison, baseline, "me", "so it is", noon)) {
        baseline.insert_or_assign(key, accepted);
    }
    for (const Drift& drift : compare(plan(), baseline, tracks)) {
        RC_ASSERT(drift.key == boss || is_concluded(drift.key.check));
    }
    RC_ASSERT(comparison.too_old.size() + comparison.same.size() + comparison.differences.size() + 3 ==
              planned_keys(plan()).size());
    RC_ASSERT(compared(baseline, tracks, {}).differences.empty());
}

} // namespace
} // namespace mailpreflight::core
