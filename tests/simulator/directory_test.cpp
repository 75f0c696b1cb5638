#include "simulator/directory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace mailpreflight::simulator {
namespace {

using namespace std::chrono_literals;

const TimePoint start{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

class DirectoryTest : public ::testing::Test {
protected:
    DirectoryTest() {
        directory.add({.domain = "CONTOSO",
                       .sam = "admin",
                       .upn = "admin@contoso.example",
                       .password = "new",
                       .previous_passwords = {"old1", "old2", "old3"}});
    }

    Verdict
    present(std::string_view password, std::chrono::seconds after = 0s, std::string_view name = "CONTOSO\\admin") {
        return directory.present(Door::ews_basic, name, password, start + after);
    }

    const Account& account() const {
        return *directory.find("CONTOSO\\admin");
    }

    Directory directory;
};

TEST_F(DirectoryTest, the_right_password_is_accepted_in_every_name_form) {
    for (const std::string_view name : {"CONTOSO\\admin",
                                        "contoso\\ADMIN",
                                        "Admin@Contoso.Example",
                                        "\\admin@contoso.example",
                                        "contoso.example\\admin"}) {
        EXPECT_EQ(present("new", 0s, name), Verdict::accepted) << name;
    }
}

TEST_F(DirectoryTest, a_bare_name_needs_a_default_domain) {
    EXPECT_EQ(present("new", 0s, "admin"), Verdict::unknown_account);
    directory.default_domain = "CONTOSO";
    EXPECT_EQ(present("new", 0s, "admin"), Verdict::accepted);
}

TEST_F(DirectoryTest, the_third_wrong_password_locks_and_then_the_right_one_is_refused_alike) {
    EXPECT_EQ(present("a"), Verdict::wrong_password);
    EXPECT_EQ(present("b"), Verdict::wrong_password);
    EXPECT_FALSE(directory.is_locked(account(), start));
    EXPECT_EQ(present("c"), Verdict::wrong_password);
    EXPECT_TRUE(directory.is_locked(account(), start));
    EXPECT_EQ(present("new"), Verdict::locked_out);
    EXPECT_EQ(present("d"), Verdict::locked_out);
    EXPECT_EQ(account().bad_password_count, 3);
    EXPECT_EQ(directory.presentations(), 5U);
    EXPECT_EQ(directory.refused_presentations(), 5U);
}

TEST_F(DirectoryTest, two_name_forms_hit_one_counter) {
    present("a", 0s, "CONTOSO\\admin");
    present("b", 0s, "admin@contoso.example");
    EXPECT_EQ(account().bad_password_count, 2);
}

TEST_F(DirectoryTest, success_resets_the_count) {
    present("a");
    present("b");
    EXPECT_EQ(present("new"), Verdict::accepted);
    EXPECT_EQ(account().bad_password_count, 0);
}

TEST_F(DirectoryTest, the_window_slides_so_a_retry_every_29_minutes_locks) {
    present("a", 0min);
    present("b", 29min);
    present("c", 58min);
    EXPECT_TRUE(directory.is_locked(account(), start + 58min));
}

TEST_F(DirectoryTest, a_failure_after_the_window_counts_as_the_first) {
    present("a", 0min);
    present("b", 1min);
    present("c", 32min);
    EXPECT_EQ(account().bad_password_count, 1);
}

TEST_F(DirectoryTest, the_two_newest_previous_passwords_do_not_count_but_the_third_does) {
    EXPECT_EQ(present("old1"), Verdict::previous_password);
    EXPECT_EQ(present("old2"), Verdict::previous_password);
    EXPECT_EQ(account().bad_password_count, 0);
    EXPECT_EQ(present("old3"), Verdict::wrong_password);
    EXPECT_EQ(account().bad_password_count, 1);
    EXPECT_EQ(directory.refused_presentations(), 3U);
}

TEST_F(DirectoryTest, a_changed_password_makes_the_last_one_a_previous_one) {
    directory.change_password(*directory.find("CONTOSO\\admin"), "newer");
    EXPECT_EQ(present("new"), Verdict::previous_password);
    EXPECT_EQ(present("newer"), Verdict::accepted);
}

TEST_F(DirectoryTest, a_lockout_ends_after_its_duration_or_by_an_administrator) {
    for (int i = 0; i < 3; ++i) {
        present("x");
    }
    EXPECT_EQ(present("new", 29min), Verdict::locked_out);
    EXPECT_EQ(present("new", 30min), Verdict::accepted);
    directory.policy.duration = 0s;
    directory.lock(*directory.find("CONTOSO\\admin"), start);
    EXPECT_EQ(present("new", 24h), Verdict::locked_out);
    directory.unlock(*directory.find("CONTOSO\\admin"));
    EXPECT_EQ(present("new", 24h), Verdict::accepted);
}

TEST_F(DirectoryTest, states_of_the_account_show_only_to_who_knows_the_password) {
    struct Row {
        bool Account::*flag;
        bool value;
        Verdict verdict;
    };
    for (const Row& row : {Row{&Account::enabled, false, Verdict::account_disabled},
                           Row{&Account::account_expired, true, Verdict::account_expired},
                           Row{&Account::password_expired, true, Verdict::password_expired},
                           Row{&Account::must_change_password, true, Verdict::password_must_change}}) {
        Account& account = *directory.find("CONTOSO\\admin");
        directory.unlock(account);
        const bool before = account.*row.flag;
        account.*row.flag = row.value;
        EXPECT_EQ(present("new"), row.verdict);
        EXPECT_EQ(present("wrong"), Verdict::wrong_password);
        account.*row.flag = before;
    }
}

TEST_F(DirectoryTest, every_presentation_is_listed_with_its_door) {
    directory.present(Door::owa_form, "CONTOSO\\admin", "new", start);
    directory.present(Door::ews_basic, "CONTOSO\\nobody", "x", start);
    ASSERT_EQ(directory.history().size(), 2U);
    EXPECT_EQ(directory.history()[0].door, Door::owa_form);
    EXPECT_EQ(directory.history()[1].verdict, Verdict::unknown_account);
    EXPECT_EQ(directory.presentations_by_door().at(Door::owa_form), 1U);
}

TEST(DirectoryProperties, an_account_is_never_locked_by_fewer_failures_than_the_threshold) {
    EXPECT_TRUE(rc::check("failures below the threshold never lock", [] {
        Directory directory;
        directory.policy.threshold = *rc::gen::inRange(1, 10);
        directory.add({.domain = "D", .sam = "u", .password = "p"});
        const auto pauses =
            *rc::gen::container<std::vector<int>>(*rc::gen::inRange<std::size_t>(0, 30), rc::gen::inRange(0, 4000));
        TimePoint now = start;
        int failures = 0;
        for (const int pause : pauses) {
            now += std::chrono::seconds(pause);
            const bool right = *rc::gen::inRange(0, 4) == 0;
            const bool locked = directory.is_locked(*directory.find("D\\u"), now);
            const Verdict verdict = directory.present(Door::ews_basic, "D\\u", right ? "p" : "q", now);
            if (locked) {
                RC_ASSERT(verdict == Verdict::locked_out);
                continue;
            }
            failures = right ? 0 : failures + 1;
            RC_ASSERT((verdict == Verdict::accepted) == right);
            if (directory.is_locked(*directory.find("D\\u"), now)) {
                RC_ASSERT(failures >= directory.policy.threshold);
            }
        }
        RC_ASSERT(directory.presentations() == pauses.size());
    }));
}

TEST(DirectoryProperties, failures_closer_than_the_window_always_lock_at_the_threshold) {
    EXPECT_TRUE(rc::check("threshold failures within sliding windows lock", [] {
        Directory directory;
        directory.policy.threshold = *rc::gen::inRange(1, 10);
        directory.add({.domain = "D", .sam = "u", .password = "p"});
        TimePoint now = start;
        for (int i = 0; i < directory.policy.threshold; ++i) {
            now += std::chrono::seconds(*rc::gen::inRange(0, 30 * 60));
            directory.present(Door::ews_ntlm, "D\\u", "wrong", now);
        }
        RC_ASSERT(directory.is_locked(*directory.find("D\\u"), now));
    }));
}

} // namespace
} // namespace mailpreflight::simulator
