#include "core/drift.hpp"

#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey boss = mailbox_key("boss@contoso.example");
const TrackKey certificate = source_key(Check::tls_certificate);
const TrackKey version = source_key(Check::server_version);

/// Source contoso with anna on the list of wave1 and boss as negative canary.
Plan plan() {
    Plan plan;
    plan.sources = {{.name = "contoso", .must_not_open = {"boss@contoso.example"}}};
    Batch batch{.name = "wave1", .source = "contoso"};
    batch.list.mailboxes = {{.address = "anna@contoso.example"}, {.address = "bert@contoso.example"}};
    plan.batches = {batch};
    return plan;
}

BaselineEntry entry(Cause cause, std::map<std::string, std::string> facts = {}) {
    return {.state = state_of(cause), .cause = cause, .facts = std::move(facts), .at = noon};
}

TEST(PlannedKeys, are_the_source_checks_the_required_ways_and_the_negative_canaries) {
    EXPECT_EQ(planned_keys(plan()),
              (std::set<TrackKey>{source_key(Check::source_dns),
                                  source_key(Check::source_tcp),
                                  certificate,
                                  source_key(Check::ews_login),
                                  source_key(Check::owa_login),
                                  version,
                                  source_key(Check::source_watch),
                                  anna,
                                  mailbox_key("bert@contoso.example"),
                                  boss}));
}

TEST(PlannedKeys, leave_out_the_doors_that_a_source_does_not_have) {
    Plan without = plan();
    without.batches.clear();
    without.sources = {{.name = "contoso", .has_ews = false, .has_owa = false}};
    EXPECT_EQ(planned_keys(without),
              (std::set<TrackKey>{source_key(Check::source_dns),
                                  source_key(Check::source_tcp),
                                  certificate,
                                  source_key(Check::source_watch)}));
}

struct Difference {
    std::string name;
    TrackKey key;
    std::optional<BaselineEntry> before;
    Observation now;
    std::optional<std::pair<Direction, Cause>> news;
};

class CompareToBaseline : public testing::TestWithParam<Difference> {};

TEST_P(CompareToBaseline, tells_what_is_news) {
    const Difference& row = GetParam();
    Baseline baseline;
    if (row.before) {
        baseline.emplace(row.key, *row.before);
    }
    std::vector<Drift> expected;
    if (row.news) {
        expected.push_back({row.key,
                            row.news->first,
                            row.news->second,
                            row.before.value_or(BaselineEntry{}),
                            row.now,
                            row.now.at,
                            believed(row.now).last_good});
    }
    EXPECT_EQ(compare(plan(), baseline, {{row.key, believed(row.now)}}), expected);
}

INSTANTIATE_TEST_SUITE_P(
    ,
    CompareToBaseline,
    testing::Values(
        Difference{"a_right_lost",
                   anna,
                   entry(Cause::ok),
                   look(anna, noon, Cause::impersonation_denied),
                   std::pair(Direction::lost, Cause::impersonation_denied)},
        Difference{"a_right_gained",
                   anna,
                   entry(Cause::impersonation_denied),
                   look(anna, noon, Cause::ok),
                   std::pair(Direction::gained, Cause::impersonation_denied)},
        Difference{"another_failure",
                   anna,
                   entry(Cause::impersonation_denied),
                   look(anna, noon, Cause::mailbox_moved),
                   std::pair(Direction::changed, Cause::mailbox_moved)},
        Difference{"the_same_failure", anna, entry(Cause::mailbox_moved), look(anna, noon, Cause::mailbox_moved), {}},
        Difference{"a_new_warning",
                   anna,
                   entry(Cause::ok),
                   look(anna, noon, Cause::address_is_alias),
                   std::pair(Direction::changed, Cause::address_is_alias)},
        Difference{"a_warning_gone", anna, entry(Cause::address_is_alias), look(anna, noon, Cause::ok), {}},
        Difference{"another_root",
                   anna,
                   entry(Cause::ok, {{"root_id", "A"}}),
                   look(anna, noon, Cause::ok, {{"root_id", "B"}}),
                   std::pair(Direction::changed, Cause::mailbox_recreated)},
        Difference{"a_root_not_seen", anna, entry(Cause::ok, {{"root_id", "A"}}), look(anna, noon, Cause::ok), {}},
        Difference{"another_certificate",
                   certificate,
                   entry(Cause::ok, {{"sha256", "A"}}),
                   look(certificate, noon, Cause::ok, {{"sha256", "B"}}),
                   std::pair(Direction::changed, Cause::certificate_changed)},
        Difference{"another_build",
                   version,
                   entry(Cause::ok, {{"build", "15.1"}}),
                   look(version, noon, Cause::ok, {{"build", "15.2"}}),
                   std::pair(Direction::changed, Cause::server_build_changed)},
        Difference{"a_source_check_without_entry_is_held_to_pass",
                   certificate,
                   {},
                   look(certificate, noon, Cause::certificate_expired),
                   std::pair(Direction::lost, Cause::certificate_expired)},
        Difference{"a_mailbox_without_entry_has_no_news", anna, {}, look(anna, noon, Cause::mailbox_moved), {}},
        Difference{"what_is_not_planned",
                   mailbox_key("gone@contoso.example"),
                   entry(Cause::ok),
                   look(mailbox_key("gone@contoso.example"), noon, Cause::mailbox_missing),
                   {}}),
    [](const auto& row) { return row.param.name; });

TEST(CompareNegativeCanary, opening_is_a_right_gained_whatever_the_baseline) {
    BaselineEntry closed;
    closed.state = State::fail;
    closed.cause = Cause::impersonation_denied;
    const Observation open = look(boss, noon, Cause::ok);
    const std::vector<Drift> gained{{boss, Direction::gained, Cause::right_gained, closed, open, noon, noon}};
    EXPECT_EQ(compare(plan(), {}, {{boss, believed(open)}}), gained);
    EXPECT_EQ(compare(plan(), {{boss, entry(Cause::ok)}}, {{boss, believed(open)}}), gained);
}

TEST(CompareNegativeCanary, staying_closed_is_no_news) {
    EXPECT_EQ(compare(plan(), {}, {{boss, believed(look(boss, noon, Cause::impersonation_denied))}}),
              std::vector<Drift>{});
}

TEST(Compare, waits_for_what_is_not_believed_yet) {
    Track track = believed(look(anna, noon, Cause::ok));
    track.definite = look(anna, noon + 1h, Cause::impersonation_denied);
    EXPECT_EQ(compare(plan(), {{anna, entry(Cause::ok)}}, {{anna, track}}), std::vector<Drift>{});
}

TEST(Compare, takes_moved_mailboxes_of_a_moving_batch_for_progress) {
    Plan moving = plan();
    moving.batches[0].window = Window{noon, noon + 6h, "UTC"};
    const Tracks moved{{anna, believed(look(anna, noon, Cause::mailbox_moved))}};
    const Tracks denied{{anna, believed(look(anna, noon, Cause::impersonation_denied))}};
    const Baseline baseline{{anna, entry(Cause::ok)}};
    EXPECT_EQ(compare(moving, baseline, moved, noon - 1us).size(), 1U);
    EXPECT_EQ(compare(moving, baseline, moved, noon).size(), 0U);
    EXPECT_EQ(compare(moving, baseline, moved, noon + 24h * 30).size(), 0U);
    EXPECT_EQ(compare(moving, baseline, denied, noon).size(), 1U) << "a right lost is no progress";
}

TEST(Adopt, takes_what_is_believed_first_as_provisional) {
    Track track = believed(look(anna, noon + 1h, Cause::ok, {{"root_id", "A"}, {"back_end", "EX1"}}));
    track.confirmed_since = noon;
    EXPECT_EQ(adopt(plan(), {}, {{anna, track}}), (Baseline{{anna, entry(Cause::ok, {{"root_id", "A"}})}}));
}

TEST(Adopt, takes_a_failing_mailbox_but_no_failing_source_check_and_no_negative_canary) {
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::mailbox_moved))},
                        {certificate, believed(look(certificate, noon, Cause::certificate_expired))},
                        {boss, believed(look(boss, noon, Cause::impersonation_denied))}};
    EXPECT_EQ(adopt(plan(), {}, tracks), (Baseline{{anna, entry(Cause::mailbox_moved)}}));
}

TEST(Adopt, follows_an_improvement_of_a_provisional_entry_and_no_deterioration) {
    const Tracks good{{anna, believed(look(anna, noon, Cause::ok))}};
    const Tracks bad{{anna, believed(look(anna, noon, Cause::mailbox_moved))}};
    EXPECT_EQ(adopt(plan(), {{anna, entry(Cause::mailbox_moved)}}, good), (Baseline{{anna, entry(Cause::ok)}}));
    EXPECT_EQ(adopt(plan(), {{anna, entry(Cause::ok)}}, bad), (Baseline{{anna, entry(Cause::ok)}}));
}

TEST(Adopt, never_changes_an_accepted_entry) {
    BaselineEntry accepted = entry(Cause::mailbox_moved);
    accepted.provisional = false;
    EXPECT_EQ(adopt(plan(), {{anna, accepted}}, {{anna, believed(look(anna, noon, Cause::ok))}}),
              (Baseline{{anna, accepted}}));
}

TEST(Accept, writes_who_when_and_why_and_names_what_is_too_old) {
    const TrackKey bert = mailbox_key("bert@contoso.example");
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::mailbox_moved))},
                        {bert, believed(look(bert, noon - 1us, Cause::ok))}};
    const Acceptance acceptance = accept(
        plan(), {}, tracks, "contoso", {anna.subject, bert.subject}, "uid 1000 (anna)", "moved by hand", 1h, noon + 1h);
    BaselineEntry expected = entry(Cause::mailbox_moved);
    expected.at = noon + 1h;
    expected.provisional = false;
    expected.accepted_by = "uid 1000 (anna)";
    expected.reason = "moved by hand";
    EXPECT_EQ(acceptance.baseline, (Baseline{{anna, expected}}));
    EXPECT_EQ(acceptance.accepted, 1U);
    EXPECT_EQ(acceptance.too_old, std::vector<TrackKey>{bert});
}

TEST(Accept, names_what_is_too_old_oldest_first) {
    const TrackKey bert = mailbox_key("bert@contoso.example");
    const Tracks tracks{{anna, believed(look(anna, noon + 1h, Cause::ok))},
                        {bert, believed(look(bert, noon, Cause::ok))}};
    const std::set<Subject> both{anna.subject, bert.subject};
    EXPECT_EQ(accept(plan(), {}, tracks, "contoso", both, "", "", 1h, noon + 24h).too_old, (std::vector{bert, anna}));
    EXPECT_EQ(accept(plan(), {}, {{bert, tracks.at(bert)}}, "contoso", both, "", "", 1h, noon + 24h).too_old,
              (std::vector{anna, bert}))
        << "what was never seen is the oldest";
}

TEST(Accept, never_accepts_an_open_negative_canary_or_our_own_blindness) {
    const TrackKey watch = source_key(Check::source_watch);
    const Tracks tracks{{boss, believed(look(boss, noon, Cause::ok))},
                        {watch, believed(look(watch, noon, Cause::blind))}};
    EXPECT_EQ(accept(plan(), {}, tracks, "contoso", {}, "", "", 1h, noon).baseline, Baseline{});
}

rc::Gen<Tracks> any_tracks() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::tuple<int, int, int>>>(
            rc::gen::tuple(rc::gen::inRange(0, 20),
                           rc::gen::inRange<int>(0, static_cast<int>(catalogue().size())),
                           rc::gen::inRange(0, 3))),
        [](const auto& drawn) {
            const std::set<TrackKey> planned = planned_keys(plan());
            Tracks tracks;
            for (const auto& [which, cause, fact] : drawn) {
                const TrackKey key = *std::next(
                    planned.begin(), static_cast<std::ptrdiff_t>(static_cast<std::size_t>(which) % planned.size()));
                const Cause one = static_cast<Cause>(cause);
                const std::string value = std::to_string(fact);
                if (state_of(one) != State::unknown) {
                    tracks[key] =
                        believed(look(key, noon, one, {{"root_id", value}, {"sha256", value}, {"build", value}}));
                }
            }
            return tracks;
        });
}

RC_GTEST_PROP(AcceptProperty, leaves_no_news_but_of_what_cannot_be_accepted, ()) {
    const Tracks tracks = *any_tracks();
    const Tracks earlier = *any_tracks();
    const Baseline before = adopt(plan(), {}, earlier);
    const Acceptance acceptance = accept(plan(), before, tracks, "contoso", {}, "me", "so it is", 1h, noon);
    for (const Drift& drift : compare(plan(), acceptance.baseline, tracks)) {
        RC_ASSERT(drift.key == boss || drift.key.check == Check::source_watch);
    }
    RC_ASSERT(acceptance.too_old.size() + acceptance.accepted + 2 == planned_keys(plan()).size());
}

} // namespace
} // namespace mailpreflight::core
