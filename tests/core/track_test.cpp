#include "core/track.hpp"

#include "core/due.hpp"
#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

#include <random>

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey bert = mailbox_key("bert@contoso.example");
const ConfirmRules rules; // 15 min

Tracks after(const std::vector<Observation>& looks, Tracks tracks = {}) {
    return judge(std::move(tracks), looks, rules).tracks;
}

/// What is believed of anna after these looks.
std::optional<Cause> belief(const std::vector<Observation>& looks, const ConfirmRules& by = rules) {
    const Tracks tracks = judge({}, looks, by).tracks;
    const auto track = tracks.find(anna);
    return track == tracks.end() || !track->second.confirmed ? std::nullopt
                                                             : std::optional(track->second.confirmed->cause);
}

TEST(Judge, believes_the_first_pass_at_once) {
    const Observation pass = look(anna, noon, Cause::ok);
    const Judged judged = judge({}, {pass}, rules);
    EXPECT_EQ(judged.tracks, (Tracks{{anna, believed(pass)}}));
    EXPECT_EQ(judged.transitions, (std::vector<Transition>{{anna, std::nullopt, pass, noon, std::nullopt}}));
}

TEST(Judge, waits_for_a_second_look_at_a_first_failure) {
    const Observation denied = look(anna, noon, Cause::impersonation_denied);
    Track expected;
    expected.latest = denied;
    expected.definite = denied;
    expected.candidate = Candidate{denied, denied};
    EXPECT_EQ(after({denied}), (Tracks{{anna, expected}}));
}

TEST(Judge, believes_a_change_after_two_equal_looks_confirm_after_apart) {
    const Observation pass = look(anna, noon, Cause::ok);
    const Observation first = look(anna, noon + 1h, Cause::impersonation_denied);
    const Observation second = look(anna, noon + 1h + 15min, Cause::impersonation_denied);
    const Judged judged = judge({{anna, believed(pass)}}, {first, second}, rules);
    EXPECT_EQ(judged.transitions, (std::vector<Transition>{{anna, pass, second, first.at, noon}}));
    Track expected = believed(second);
    expected.confirmed_since = first.at;
    expected.last_good = noon;
    expected.answers = {{noon, true, Cause::ok, "", ""},
                        {first.at, false, Cause::impersonation_denied, "", ""},
                        {second.at, false, Cause::impersonation_denied, "", ""}};
    EXPECT_EQ(judged.tracks, (Tracks{{anna, expected}}));
}

struct Story {
    std::string name;
    std::vector<Observation> looks;
    std::optional<Cause> belief;
};

Observation on_connection_of(base::SystemTime opened, Observation look) {
    look.connected_at = opened;
    return look;
}

class Confirmation : public testing::TestWithParam<Story> {};

TEST_P(Confirmation, is_as_the_story_says) {
    EXPECT_EQ(belief(GetParam().looks), GetParam().belief);
}

constexpr Cause denied = Cause::impersonation_denied;

INSTANTIATE_TEST_SUITE_P(
    ,
    Confirmation,
    testing::Values(
        Story{"second_look_too_soon", {look(anna, noon, denied), look(anna, noon + 15min - 1us, denied)}, {}},
        Story{"second_look_in_time", {look(anna, noon, denied), look(anna, noon + 15min, denied)}, denied},
        Story{"second_look_on_the_old_connection",
              {look(anna, noon, denied), on_connection_of(noon, look(anna, noon + 20min, denied))},
              {}},
        Story{"third_look_on_a_new_connection",
              {look(anna, noon, denied),
               on_connection_of(noon, look(anna, noon + 20min, denied)),
               look(anna, noon + 21min, denied)},
              denied},
        Story{"many_looks_within_confirm_after",
              {look(anna, noon, denied), look(anna, noon + 5min, denied), look(anna, noon + 10min, denied)},
              {}},
        Story{"another_failure_begins_anew",
              {look(anna, noon, denied),
               look(anna, noon + 10min, Cause::mailbox_moved),
               look(anna, noon + 20min, Cause::mailbox_moved)},
              {}},
        Story{"unknown_between_changes_nothing",
              {look(anna, noon, denied), look(anna, noon + 10min, Cause::throttled), look(anna, noon + 15min, denied)},
              denied},
        Story{"a_pass_between_takes_it_back",
              {look(anna, noon, Cause::ok),
               look(anna, noon + 1h, denied),
               look(anna, noon + 2h, Cause::ok),
               look(anna, noon + 5h, denied)},
              Cause::ok},
        Story{"one_good_look_is_no_recovery",
              {look(anna, noon, denied), look(anna, noon + 15min, denied), look(anna, noon + 1h, Cause::ok)},
              denied},
        Story{"two_good_looks_are_a_recovery",
              {look(anna, noon, denied),
               look(anna, noon + 15min, denied),
               look(anna, noon + 1h, Cause::ok),
               look(anna, noon + 75min, Cause::ok)},
              Cause::ok},
        Story{"definitive_while_another_mailbox_passes",
              {look(bert, noon, Cause::ok), look(anna, noon + 1s, Cause::mailbox_disabled)},
              Cause::mailbox_disabled},
        Story{"definitive_while_no_other_mailbox_passes",
              {look(bert, noon, denied), look(anna, noon + 1s, Cause::mailbox_disabled)},
              {}},
        Story{"definitive_of_the_only_mailbox_that_passed_itself",
              {look(anna, noon, Cause::ok), look(anna, noon + 1h, Cause::mailbox_disabled)},
              Cause::ok},
        Story{"definitive_while_a_mailbox_passes_by_another_way",
              {look(mailbox_key("bert@contoso.example", Check::mailbox_full_access), noon, Cause::ok),
               look(anna, noon + 1s, Cause::mailbox_disabled)},
              {}},
        Story{"not_definitive_while_another_mailbox_passes",
              {look(bert, noon, Cause::ok), look(anna, noon + 1s, denied)},
              {}},
        Story{"unknown_alone", {look(anna, noon, Cause::server_busy), look(anna, noon + 1h, Cause::server_busy)}, {}}),
    [](const auto& row) { return row.param.name; });

TEST(Judge, is_quicker_for_mailboxes_near_their_window) {
    ConfirmRules near = rules;
    near.sooner[anna.subject] = 5min;
    const std::vector<Observation> looks{look(anna, noon, denied), look(anna, noon + 5min, denied)};
    EXPECT_EQ(belief(looks, near), denied);
    EXPECT_EQ(belief(looks), std::nullopt);
}

TEST(Judge, believes_a_definitive_cause_of_a_source_at_once) {
    const TrackKey certificate = source_key(Check::tls_certificate);
    const Tracks tracks =
        after({look(certificate, noon, Cause::ok), look(certificate, noon + 5min, Cause::certificate_expired)});
    EXPECT_EQ(tracks.at(certificate).confirmed->cause, Cause::certificate_expired);
}

TEST(Judge, believes_what_we_say_of_ourselves_at_once_either_way) {
    const TrackKey watch = source_key(Check::source_watch);
    Tracks tracks = after({look(watch, noon, Cause::ok), look(watch, noon + 1h, Cause::blind)});
    EXPECT_EQ(tracks.at(watch).confirmed->cause, Cause::blind);
    tracks = after({look(watch, noon + 2h, Cause::ok)}, tracks);
    EXPECT_EQ(tracks.at(watch).confirmed->cause, Cause::ok);
}

TEST(Judge, takes_a_changed_fact_for_news_and_a_missing_one_for_none) {
    const Observation first = look(anna, noon, Cause::ok, {{"root_id", "A"}});
    EXPECT_FALSE(same_news(first, look(anna, noon, Cause::ok, {{"root_id", "B"}})));
    EXPECT_TRUE(same_news(first, look(anna, noon, Cause::ok)));
    EXPECT_TRUE(same_news(first, look(anna, noon, Cause::ok, {{"root_id", "A"}, {"back_end", "EX2"}})));
}

TEST(Judge, keeps_knowing_a_fact_that_a_later_look_did_not_see) {
    const Tracks tracks = after({look(anna, noon, Cause::ok, {{"root_id", "A"}}), look(anna, noon + 1h, Cause::ok)});
    EXPECT_EQ(tracks.at(anna).confirmed, look(anna, noon + 1h, Cause::ok, {{"root_id", "A"}}));
}

TEST(Judge, lets_an_unknown_look_age_what_is_believed) {
    const Observation pass = look(anna, noon, Cause::ok);
    const Observation busy = look(anna, noon + 1h, Cause::server_busy);
    Track expected = believed(pass);
    expected.latest = busy;
    EXPECT_EQ(after({pass, busy}), (Tracks{{anna, expected}}));
}

TEST(Judge, keeps_one_copy_of_a_look_that_is_newest_and_definite_and_believed) {
    const Tracks tracks = after({look(anna, noon, Cause::ok)});
    const Track& track = tracks.at(anna);
    EXPECT_EQ(&*track.definite, &*track.latest);
    EXPECT_EQ(&*track.confirmed, &*track.latest);
}

TEST(AfterClockSetBack, brings_looks_of_the_future_back_so_that_new_ones_count) {
    const Tracks tracks = after_clock_set_back(after({look(anna, noon + 24h * 365, Cause::ok)}), noon);
    EXPECT_EQ(tracks, after({look(anna, noon, Cause::ok)}));
    EXPECT_EQ(after({look(anna, noon + 1h, denied)}, tracks).at(anna).definite->cause, denied);
}

TEST(AfterClockSetBack, leaves_the_past_alone_and_forgets_a_candidate_of_the_future) {
    const Tracks past = after({look(anna, noon, Cause::ok), look(anna, noon + 1h, denied)});
    EXPECT_EQ(after_clock_set_back(past, noon + 2h), past);
    EXPECT_EQ(after_clock_set_back(past, noon + 30min).at(anna).candidate, std::nullopt);
}

TEST(AfterClockLeap, the_second_look_starts_anew_and_what_is_believed_stays) {
    const Tracks waiting = after({look(anna, noon, Cause::ok), look(anna, noon + 1h, denied)});
    ASSERT_NE(waiting.at(anna).candidate, std::nullopt);
    const Tracks leapt = after_clock_leap(waiting);
    EXPECT_EQ(leapt.at(anna).candidate, std::nullopt);
    EXPECT_EQ(leapt.at(anna).confirmed, waiting.at(anna).confirmed);
    EXPECT_EQ(after({look(anna, noon + 3h, denied)}, leapt).at(anna).confirmed->cause, Cause::ok);
}

// Properties

} // namespace

void showValue(const Observation& look, std::ostream& out) {
    PrintTo(look, &out);
}

namespace {

rc::Gen<Observation> any_look() {
    using rc::gen::element;
    return rc::gen::map(
        rc::gen::tuple(element(anna,
                               bert,
                               mailbox_key("cleo@contoso.example"),
                               source_key(Check::ews_login),
                               source_key(Check::server_version)),
                       rc::gen::inRange(0, 120),
                       rc::gen::inRange(0, 120),
                       element(Cause::ok, Cause::address_is_alias, denied, Cause::mailbox_disabled, Cause::server_busy),
                       element<std::string>("", "A", "B")),
        [](const auto& drawn) {
            const auto& [key, minute, connected, cause, fact] = drawn;
            Observation result = look(key, noon + std::chrono::minutes(minute), cause);
            result.connected_at = noon + std::chrono::minutes(std::min(minute, connected));
            if (!fact.empty()) {
                result.facts = {{"root_id", fact}, {"build", fact}};
                result.evidence.request_id = fact;
            }
            return result;
        });
}

rc::Gen<std::vector<Observation>> any_looks() {
    return rc::gen::container<std::vector<Observation>>(any_look());
}

RC_GTEST_PROP(JudgeProperty, does_not_depend_on_the_order_in_which_looks_come, ()) {
    const std::vector<Observation> looks = *any_looks();
    std::vector<Observation> shuffled = looks;
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(*rc::gen::arbitrary<unsigned>()));
    const Judged one = judge({}, looks, rules);
    const Judged other = judge({}, shuffled, rules);
    RC_ASSERT(one.tracks == other.tracks);
    RC_ASSERT(one.transitions == other.transitions);
}

RC_GTEST_PROP(JudgeProperty, ignores_a_look_that_is_older_than_the_newest_kept, ()) {
    const Tracks tracks = after(*any_looks());
    Observation late = *any_look();
    const auto track = tracks.find(late.key);
    RC_PRE(track != tracks.end());
    late.at = track->second.latest->at - *rc::gen::element<base::Duration>(0us, 1us, 1min, 24h);
    const Judged judged = judge(tracks, {late}, rules);
    RC_ASSERT(judged.tracks == tracks);
    RC_ASSERT(judged.transitions.empty());
}

RC_GTEST_PROP(JudgeProperty, lets_unknown_looks_change_no_belief_and_no_candidate, ()) {
    const Tracks before = after(*any_looks());
    Observation unknown = *any_look();
    unknown.cause = *rc::gen::element(Cause::server_busy, Cause::no_answer, Cause::presentation_withheld);
    unknown.state = State::unknown;
    unknown.at += std::chrono::hours(*rc::gen::inRange(0, 5));
    Tracks expected = before;
    Track& track = expected[unknown.key];
    if (!track.latest || track.latest->at < unknown.at) {
        track.latest = unknown;
    }
    const Judged judged = judge(before, {unknown}, rules);
    RC_ASSERT(judged.tracks == expected);
    RC_ASSERT(judged.transitions.empty());
}

RC_GTEST_PROP(JudgeProperty, believes_only_what_was_seen_and_tells_each_change_once, ()) {
    const std::vector<Observation> looks = *any_looks();
    const Judged judged = judge({}, looks, rules);
    std::map<TrackKey, Observation> told;
    for (const Transition& transition : judged.transitions) {
        const auto before = told.find(transition.key);
        RC_ASSERT((before == told.end()) == !transition.before.has_value());
        RC_ASSERT((!transition.before || !same_news(*transition.before, transition.after)));
        told.insert_or_assign(transition.key, transition.after);
    }
    for (const auto& [key, track] : judged.tracks) {
        RC_ASSERT(bool(track.confirmed) == told.contains(key));
        RC_ASSERT((!track.confirmed || same_news(*track.confirmed, told.at(key))));
    }
}

} // namespace
} // namespace mailpreflight::core
