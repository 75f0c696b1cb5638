#include "core/steadiness.hpp"

#include "core/track.hpp"
#include "tests/core/values.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
constexpr Cause denied = Cause::impersonation_denied;
const ConfirmRules rules; // 15 min

Observation from(const std::string& server, base::SystemTime at, Cause cause) {
    Observation seen = look(anna, at, cause);
    seen.evidence.front_end = "EX01";
    seen.evidence.back_end = server;
    return seen;
}

/// Looks ten minutes apart, "+" good and "-" refused, by the back end that the digit before names.
std::vector<Observation> story(std::string_view text) {
    std::vector<Observation> looks;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        looks.push_back(from(std::string("EX0") + text[i],
                             noon + 10min * static_cast<int>(looks.size()),
                             text[i + 1] == '+' ? Cause::ok : denied));
    }
    return looks;
}

Track after(const std::vector<Observation>& looks) {
    return judge({}, looks, rules).tracks.at(anna);
}

Steadiness of(const std::vector<Observation>& looks) {
    return steadiness(after(looks).answers, looks.back().at);
}

TEST(Steadiness, keeps_nothing_of_a_mailbox_that_always_says_the_same) {
    EXPECT_TRUE(after(story("1+1+1+1+")).answers.empty());
    EXPECT_TRUE(after(story("1-1-1-1-")).answers.empty());
}

TEST(Steadiness, takes_a_change_for_steady_that_stays) {
    EXPECT_EQ(of(story("1+1+1-1-1-1-")), Steadiness::steady);
}

TEST(Steadiness, takes_a_change_that_not_all_servers_know_yet_for_spreading) {
    EXPECT_EQ(of(story("1+2+2-1+2-1+")), Steadiness::unstable) << "EX02 said both, before and after";
    EXPECT_EQ(of(story("1+2-1+2-1+")), Steadiness::spreading);
    EXPECT_EQ(of(story("1-2+1-2+")), Steadiness::spreading);
}

TEST(Steadiness, does_not_call_it_spreading_for_longer_than_two_hours) {
    EXPECT_EQ(of(story("1+2-1+2-1+2-1+2-1+2-1+2-1+")), Steadiness::spreading) << "110 min since the first change";
    EXPECT_EQ(of(story("1+2-1+2-1+2-1+2-1+2-1+2-1+2-")), Steadiness::unstable);
}

TEST(Steadiness, does_not_take_what_was_mended_twice_for_unstable) {
    EXPECT_EQ(of(story("1-1-1-1+1-1-1+")), Steadiness::steady);
}

TEST(Steadiness, takes_what_is_lost_twice_for_unstable) {
    EXPECT_EQ(of(story("1+1-1+")), Steadiness::steady);
    EXPECT_EQ(of(story("1+1-1+1-")), Steadiness::unstable);
}

TEST(Steadiness, forgets_what_is_four_hours_old) {
    std::vector<Observation> looks = story("1+1-1+");
    looks.push_back(from("EX01", noon + 10min + 4h + 1us, denied));
    EXPECT_EQ(of(looks), Steadiness::steady);
}

TEST(Steadiness, says_in_words_what_was_refused_by_whom) {
    const std::string words = words_for(after(story("1+2-1+2-1+")).answers);
    EXPECT_THAT(words, testing::HasSubstr("2 of 5 looks since 2026-12-01T12:00Z were refused (impersonation_denied)"));
    EXPECT_THAT(words, testing::HasSubstr("EX01 passes; EX02 refuses"));
}

TEST(Judge, believes_a_mailbox_that_comes_and_goes_to_be_unstable) {
    const std::vector<Observation> looks = story("1+1-1+1-");
    const Judged judged = judge({}, looks, rules);
    ASSERT_EQ(judged.transitions.size(), 2U);
    EXPECT_EQ(judged.transitions.back().after.cause, Cause::access_unstable);
    EXPECT_EQ(judged.transitions.back().after.state, State::fail);
    EXPECT_THAT(judged.transitions.back().after.detail, testing::HasSubstr("2 of 4 looks"));
}

TEST(Judge, believes_an_unstable_mailbox_again_after_an_hour_of_equal_looks) {
    Tracks tracks = judge({}, story("1+1-1+1-"), rules).tracks;
    base::SystemTime at = noon + 40min;
    for (; at < noon + 100min; at += 10min) {
        tracks = judge(std::move(tracks), {from("EX01", at, Cause::ok)}, rules).tracks;
        EXPECT_EQ(tracks.at(anna).confirmed->cause, Cause::access_unstable) << base::to_rfc3339(at);
    }
    tracks = judge(std::move(tracks), {from("EX01", at, Cause::ok)}, rules).tracks;
    EXPECT_EQ(tracks.at(anna).confirmed->cause, Cause::ok);
    EXPECT_TRUE(tracks.at(anna).answers.empty());
}

TEST(Judge, does_not_take_servers_that_disagree_after_a_grant_for_unstable) {
    EXPECT_EQ(after(story("1-1-1-2+1-2+1-")).confirmed->cause, denied);
}

RC_GTEST_PROP(SteadinessProperty, keeps_a_bounded_memory_of_the_last_hours, ()) {
    std::vector<Answer> answers;
    base::SystemTime at = noon;
    const Observation believed = look(anna, noon, Cause::ok);
    for (const auto& [minutes, good] : *rc::gen::container<std::vector<std::pair<int, bool>>>(
             rc::gen::pair(rc::gen::inRange(0, 60), rc::gen::arbitrary<bool>()))) {
        at += std::chrono::minutes(minutes);
        answers = with_answer(std::move(answers), from("EX01", at, good ? Cause::ok : denied), &believed);
        RC_ASSERT(answers.size() <= most_answers);
        if (!answers.empty()) {
            RC_ASSERT(at - answers.at(1).at <= longest_memory);
        }
    }
}

} // namespace
} // namespace mailpreflight::core
