#include "core/spray_brake.hpp"

#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <string>

namespace mailpreflight::core {
namespace {

constexpr PresentationResult accepted = PresentationResult::accepted;
constexpr PresentationResult refused = PresentationResult::refused;
constexpr PresentationResult unanswered = PresentationResult::unanswered;
constexpr PresentationResult not_sent = PresentationResult::not_sent;

const Cause goes = Cause::ok;
const Cause waits = Cause::never_looked_at; ///< in these tests: for one that is under way

/// One source's list of passwords, as the store would keep it.
struct Source {
    SprayPolicy policy;
    SprayBrake brake;
    base::SystemTime now = noon;

    static Presentation of(const std::string& account) {
        return {
            .account = account, .fingerprint = "f", .door = {"contoso", "ews"}, .proving = true, .individual = true};
    }

    [[nodiscard]] Cause asked(const std::string& account) const {
        const auto may = may_try(brake, of(account), policy, now);
        return !may ? may.error().cause : *may ? goes : waits;
    }

    [[nodiscard]] std::optional<base::Duration> wait(const std::string& account) const {
        const auto may = may_try(brake, of(account), policy, now);
        return may ? std::nullopt : may.error().retry_after;
    }

    Cause begin(const std::string& account) {
        const Cause answer = asked(account);
        if (answer == goes) {
            brake = begun(brake, account, now);
        }
        return answer;
    }

    void end(const std::string& account, PresentationResult result) {
        brake = finished(brake, account, result, policy, now);
    }

    Cause present(const std::string& account, PresentationResult result) {
        const Cause answer = begin(account);
        if (answer == goes) {
            end(account, result);
        }
        return answer;
    }
};

std::string user(int number) {
    return "user" + std::to_string(number);
}

TEST(SprayBrake, tries_one_account_at_a_time_until_one_is_accepted) {
    Source source;
    EXPECT_EQ(source.begin(user(1)), goes);
    EXPECT_EQ(source.asked(user(2)), waits);
    source.end(user(1), refused);
    EXPECT_EQ(source.begin(user(2)), goes);
    EXPECT_EQ(source.asked(user(3)), waits);
    source.end(user(2), accepted);
    EXPECT_EQ(source.begin(user(3)), goes);
    EXPECT_EQ(source.begin(user(4)), goes);
}

TEST(SprayBrake, stops_at_five_different_accounts_refused_in_a_row) {
    Source source;
    for (int i = 1; i <= 5; ++i) {
        EXPECT_EQ(source.present(user(i), refused), goes) << i;
    }
    EXPECT_EQ(source.asked(user(6)), Cause::spray_brake);
    EXPECT_EQ(source.asked(user(1)), Cause::spray_brake);
    EXPECT_EQ(source.brake.stopped_at, noon);
    source.now += 24h * 365;
    EXPECT_EQ(source.asked(user(6)), Cause::spray_brake) << "time alone releases nothing";
}

TEST(SprayBrake, counts_an_account_that_is_refused_again_once) {
    Source source;
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(source.present(user(i % 4), refused), goes);
    }
    EXPECT_EQ(source.present(user(4), refused), goes);
    EXPECT_EQ(source.asked(user(5)), Cause::spray_brake);
}

TEST(SprayBrake, begins_the_row_anew_with_each_account_that_is_accepted) {
    Source source;
    for (int i = 0; i < 4; ++i) {
        source.present(user(i), refused);
    }
    EXPECT_EQ(source.present(user(9), accepted), goes);
    for (int i = 4; i < 8; ++i) {
        EXPECT_EQ(source.present(user(i), refused), goes);
    }
    EXPECT_EQ(source.asked(user(8)), goes);
}

TEST(SprayBrake, stops_at_a_fifth_of_the_last_fifty_accounts) {
    Source source;
    int presented = 0;
    // Every fourth: never two in a row.
    for (; presented < 200 && source.asked(user(presented)) == goes; ++presented) {
        source.present(user(presented), presented % 4 == 3 ? refused : accepted);
    }
    EXPECT_EQ(presented, 40);
    EXPECT_EQ(source.asked(user(40)), Cause::spray_brake);
}

TEST(SprayBrake, goes_on_while_less_than_a_fifth_is_refused) {
    Source source;
    for (int i = 0; i < 500; ++i) {
        ASSERT_EQ(source.present(user(i), i % 6 == 5 ? refused : accepted), goes) << i;
    }
}

TEST(SprayBrake, has_no_more_under_way_than_could_be_refused_before_it_holds) {
    Source source;
    source.present(user(0), accepted);
    for (int i = 1; i <= 5; ++i) {
        EXPECT_EQ(source.begin(user(i)), goes) << i;
    }
    EXPECT_EQ(source.asked(user(6)), waits);
    source.end(user(1), refused);
    EXPECT_EQ(source.asked(user(6)), waits) << "four under way and one refused";
    source.end(user(2), accepted);
    EXPECT_EQ(source.asked(user(6)), goes);
}

TEST(SprayBrake, waits_for_an_hour_where_five_in_a_row_were_left_without_an_answer) {
    Source source;
    for (int i = 1; i <= 5; ++i) {
        EXPECT_EQ(source.present(user(i), unanswered), goes);
        source.now += 1min;
    }
    EXPECT_EQ(source.asked(user(6)), Cause::presentation_withheld);
    EXPECT_EQ(source.wait(user(6)), base::Duration(55min));
    source.now += 55min;
    EXPECT_EQ(source.asked(user(6)), goes);
    EXPECT_FALSE(source.brake.stopped_at) << "nobody was refused";
}

TEST(SprayBrake, takes_one_that_a_program_died_with_for_unanswered) {
    Source source;
    for (int i = 1; i <= 5; ++i) {
        EXPECT_EQ(source.begin(user(i)), goes);
        source.brake = lost(source.brake, user(i));
    }
    EXPECT_EQ(source.asked(user(6)), Cause::presentation_withheld);
}

TEST(SprayBrake, holds_for_one_hour_though_the_clock_was_set_back_a_year) {
    Source source;
    for (int i = 1; i <= 5; ++i) {
        source.present(user(i), unanswered);
    }
    source.now -= 24h * 365;
    EXPECT_EQ(source.wait(user(6)), base::Duration(60min));
}

TEST(SprayBrake, does_not_age_by_a_clock_that_is_set_forward) {
    Source source;
    for (int i = 1; i <= 5; ++i) {
        source.present(user(i), unanswered);
    }
    source.now += 24h;
    source.brake = after_clock_step(source.brake, 24h);
    EXPECT_EQ(source.wait(user(6)), base::Duration(60min));
    source.brake = after_clock_step(source.brake, -24h);
    EXPECT_EQ(source.wait(user(6)), base::Duration(60min)) << "and does not grow old by one that is set back";
}

TEST(SprayBrake, lets_an_account_go_again_that_is_in_the_row_itself) {
    Source source;
    for (int i = 1; i <= 4; ++i) {
        source.present(user(i), refused);
    }
    source.present(user(5), unanswered);
    EXPECT_EQ(source.asked(user(6)), Cause::presentation_withheld);
    EXPECT_EQ(source.asked(user(1)), goes) << "that makes no more accounts";
    EXPECT_EQ(source.asked(user(5)), goes);
}

TEST(SprayBrake, forgets_what_was_left_without_an_answer_when_one_is_accepted) {
    Source source;
    for (int i = 1; i <= 4; ++i) {
        source.present(user(i), unanswered);
    }
    source.present(user(9), accepted);
    for (int i = 5; i <= 8; ++i) {
        EXPECT_EQ(source.present(user(i), unanswered), goes);
    }
    EXPECT_EQ(source.asked(user(10)), goes);
}

TEST(SprayBrake, does_not_count_what_was_never_sent) {
    Source source;
    for (int i = 1; i <= 20; ++i) {
        EXPECT_EQ(source.present(user(i), not_sent), goes);
    }
    EXPECT_EQ(source.brake, SprayBrake{});
}

TEST(SprayBrake, begins_as_a_new_one_when_it_is_released) {
    Source source;
    source.present(user(0), accepted);
    for (int i = 1; i <= 5; ++i) {
        source.present(user(i), refused);
    }
    source.brake = released(source.brake);
    EXPECT_EQ(source.begin(user(6)), goes);
    EXPECT_EQ(source.asked(user(7)), waits) << "one at a time again";
    source.end(user(6), refused);
    for (int i = 7; i <= 10; ++i) {
        EXPECT_EQ(source.present(user(i), refused), goes);
    }
    EXPECT_EQ(source.asked(user(11)), Cause::spray_brake);
}

TEST(SprayBrake, knows_what_is_under_way_after_it_is_released) {
    Source source;
    source.begin(user(1));
    source.brake = released(source.brake);
    EXPECT_EQ(source.asked(user(2)), waits);
}

TEST(SprayBrake, stays_on_though_one_that_was_under_way_is_accepted) {
    Source source;
    source.present(user(0), accepted);
    for (int i = 1; i <= 5; ++i) {
        source.begin(user(i));
    }
    for (int i = 1; i <= 4; ++i) {
        source.end(user(i), refused);
    }
    EXPECT_FALSE(source.brake.stopped_at);
    source.end(user(5), refused);
    EXPECT_TRUE(source.brake.stopped_at);
    source.end(user(5), accepted);
    EXPECT_EQ(source.asked(user(6)), Cause::spray_brake);
}

/// Whatever many lanes do, with whatever results: since the newest acceptance, no more than five different accounts
/// were presented that were or may have been refused; of the newest fifty results no more than ten are refusals.
RC_GTEST_PROP(SprayBrakeProperty, never_lets_more_accounts_go_than_it_allows, ()) {
    Source source;
    std::set<std::string> under_way;
    std::set<std::string> in_doubt; // refused or lost since the newest acceptance
    const int steps = *rc::gen::inRange(1, 400);
    const int share = *rc::gen::inRange(0, 100); // of those that are accepted
    for (int step = 0; step < steps; ++step) {
        if (*rc::gen::inRange(0, 2) == 0) {
            const std::string account = user(*rc::gen::inRange(0, 80));
            if (!under_way.contains(account) && source.begin(account) == goes) {
                RC_ASSERT(!source.brake.stopped_at);
                RC_ASSERT(source.brake.succeeded || under_way.empty());
                under_way.insert(account);
            }
        } else if (!under_way.empty()) {
            const std::string account = *rc::gen::elementOf(under_way);
            under_way.erase(account);
            const int chance = *rc::gen::inRange(0, 100);
            const PresentationResult result = chance < share ? accepted : chance % 2 == 0 ? refused : unanswered;
            source.end(account, result);
            if (result == accepted) {
                in_doubt.clear();
            } else {
                in_doubt.insert(account);
            }
        }
        std::set<std::string> possible = in_doubt;
        possible.insert(under_way.begin(), under_way.end());
        RC_ASSERT(possible.size() <= source.policy.most_refused_in_a_row);
        RC_ASSERT(source.brake.newest.size() <= source.policy.newest);
        RC_ASSERT(refused_of_newest(source.brake) <= source.policy.most_refused_of_newest);
    }
}

/// What is kept is enough: a program that dies at any moment and another that takes over present no more.
RC_GTEST_PROP(SprayBrakeProperty, never_lets_more_than_five_go_over_programs_that_die, ()) {
    Source source;
    std::set<std::string> presented;
    const int steps = *rc::gen::inRange(1, 100);
    for (int step = 0; step < steps; ++step) {
        const std::string account = user(*rc::gen::inRange(0, 60));
        if (source.begin(account) != goes) {
            continue;
        }
        presented.insert(account); // and refused by the server
        if (*rc::gen::arbitrary<bool>()) {
            source.brake = lost(source.brake, account);
        } else {
            source.end(account, refused);
        }
    }
    RC_ASSERT(presented.size() <= source.policy.most_refused_in_a_row);
}

} // namespace
} // namespace mailpreflight::core
