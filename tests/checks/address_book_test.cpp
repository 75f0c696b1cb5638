#include "checks/address_book.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::checks {
namespace {

using namespace std::chrono_literals;

const base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};
const net::Address a{"192.0.2.1"};
const net::Address b{"192.0.2.2"};
const net::Address c{"192.0.2.3"};
const std::vector<net::Address> answer{a, b, c};

class Book : public testing::Test {
protected:
    std::vector<net::Address> turn(base::SystemTime at, bool proven = true, const std::string& secret = "f1") {
        return book_.in_turn("ews", answer, secret, proven, at);
    }

    AddressBook book_;
};

TEST_F(Book, keeps_the_answer_s_order_until_something_accepted_the_secret) {
    EXPECT_EQ(turn(noon), answer);
    EXPECT_EQ(turn(noon, false), answer);
}

TEST_F(Book, visits_one_after_the_other_and_then_the_one_that_was_visited_longest_ago) {
    std::vector<net::Address> visited;
    for (int i = 0; i < 7; ++i) {
        const net::Address next = turn(noon + i * 15min).front();
        visited.push_back(next);
        book_.accepted("ews", next, "f1", noon + i * 15min);
    }
    EXPECT_EQ(visited, (std::vector{a, b, c, a, b, c, a}));
}

TEST_F(Book, takes_no_unproven_secret_to_an_address_that_has_not_accepted_it) {
    book_.accepted("ews", b, "f1", noon);
    EXPECT_EQ(turn(noon + 15min, false).front(), b);
    EXPECT_EQ(turn(noon + 15min, true).front(), a);
    book_.accepted("ews", a, "f1", noon + 15min);
    EXPECT_EQ(turn(noon + 30min, false), (std::vector{a, b, c})) << "where it was accepted last";
    EXPECT_EQ(turn(noon + 30min, true), (std::vector{c, b, a}));
}

TEST_F(Book, lets_one_door_at_a_time_go_where_nothing_was_accepted_yet) {
    book_.accepted("ews", a, "f1", noon);
    book_.accepted("owa", a, "f1", noon);
    const auto turn_of_owa = [&](base::SystemTime at) { return book_.in_turn("owa", answer, "f1", true, at).front(); };
    EXPECT_EQ(turn(noon + 15min).front(), b);
    EXPECT_EQ(turn_of_owa(noon + 15min), a) << "both doors would be refused there at once, which parks the account";
    book_.accepted("ews", b, "f1", noon + 15min);
    EXPECT_EQ(turn_of_owa(noon + 15min), b);
    book_.accepted("owa", b, "f1", noon + 15min);
    EXPECT_EQ(turn(noon + 30min).front(), c);
    EXPECT_EQ(turn_of_owa(noon + 34min), a);
    EXPECT_EQ(turn_of_owa(noon + 35min), c) << "nobody ever heard what came of the visit";
}

TEST_F(Book, begins_anew_with_another_secret) {
    book_.accepted("ews", b, "f1", noon);
    book_.refused("ews", a, "f1", noon + 1min);
    EXPECT_EQ(turn(noon + 15min, false, "f2"), answer);
}

TEST_F(Book, leaves_out_who_refused_and_for_a_day_tries_nobody_new) {
    book_.accepted("ews", a, "f1", noon);
    book_.refused("ews", b, "f1", noon + 15min);
    EXPECT_EQ(turn(noon + 16min), (std::vector{a, c})) << "c waits behind the one that accepts";
    EXPECT_TRUE(book_.is_refusing(b, "f1", noon + 16min));
    EXPECT_TRUE(book_.others_accepted("ews", b, "f1"));
    EXPECT_FALSE(book_.others_accepted("owa", b, "f1")) << "another door";
    EXPECT_EQ(turn(noon + 15min + 24h).front(), b);
    EXPECT_FALSE(book_.is_refusing(b, "f1", noon + 15min + 24h));
}

TEST_F(Book, leaves_nobody_out_where_all_refused) {
    for (const net::Address& address : answer) {
        book_.refused("ews", address, "f1", noon);
    }
    EXPECT_EQ(turn(noon + 1min), answer);
}

TEST_F(Book, what_no_address_accepts_is_no_trouble_of_one) {
    book_.refused("ews", a, "f1", noon);
    EXPECT_FALSE(book_.is_refusing(a, "f1", noon + 1min));
    book_.accepted("ews", b, "f1", noon + 1min);
    EXPECT_TRUE(book_.is_refusing(a, "f1", noon + 2min));
    book_.refused("ews", b, "f1", noon + 15min);
    EXPECT_FALSE(book_.is_refusing(a, "f1", noon + 16min)) << "the secret is no good any more";
}

TEST_F(Book, visits_an_address_that_answers_badly_last) {
    book_.accepted("ews", a, "f1", noon);
    book_.looked(b, false);
    EXPECT_EQ(turn(noon + 15min), (std::vector{c, a, b}));
    book_.looked(b, true);
    EXPECT_EQ(turn(noon + 15min), (std::vector{b, c, a}));
}

TEST_F(Book, what_was_told_twice_alike_is_not_due_for_its_interval) {
    EXPECT_TRUE(book_.is_due("x", 1h, noon));
    book_.told("x", "ok", noon);
    EXPECT_TRUE(book_.is_due("x", 1h, noon + 15min)) << "a second look confirms it";
    book_.told("x", "ok", noon + 15min);
    EXPECT_FALSE(book_.is_due("x", 1h, noon + 74min));
    EXPECT_TRUE(book_.is_due("x", 1h, noon + 75min));
    EXPECT_TRUE(book_.is_due("x", 1h, noon - 24h)) << "a clock that was set back holds nothing up";
    book_.told("x", "blocked", noon + 75min);
    EXPECT_TRUE(book_.is_due("x", 1h, noon + 76min)) << "and so is a change";
}

} // namespace
} // namespace mailpreflight::checks
