#include "core/common_factor.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>

namespace mailpreflight::core {
namespace {

/// A list whose labels live as long as it does.
class List {
public:
    void add(std::map<std::string, std::string> labels, bool failed, std::string_view domain = "contoso.example") {
        labels_.push_back(std::move(labels));
        members_.push_back({&labels_.back(), domain, {}, failed});
    }
    [[nodiscard]] const std::vector<Member>& members() const {
        return members_;
    }
    std::vector<Member>& members() {
        return members_;
    }

private:
    std::deque<std::map<std::string, std::string>> labels_;
    std::vector<Member> members_;
};

std::string named(const std::vector<Member>& members) {
    const auto factor = common_factor(members);
    return factor ? to_text(*factor) : "";
}

TEST(CommonFactor, names_the_label_that_all_have_that_failed_and_no_other) {
    List list;
    for (int i = 0; i < 40; ++i) {
        list.add({{"Database", i % 4 == 3 ? "DB03" : "DB01"}, {"Office", i % 2 == 0 ? "Rome" : "Oslo"}}, i % 4 == 3);
    }
    EXPECT_EQ(named(list.members()), "Database DB03 (10 of 10)");
}

TEST(CommonFactor, bears_one_of_ten_that_does_not_fit) {
    List list;
    for (int i = 0; i < 100; ++i) {
        list.add({{"Database", i % 4 == 3 ? "DB03" : "DB01"}}, i % 4 == 3 && i != 3);
    }
    list.members()[0].failed = true;
    EXPECT_EQ(named(list.members()), "Database DB03 (24 of 25)");
}

TEST(CommonFactor, names_nothing_where_the_label_explains_too_little) {
    List list;
    for (int i = 0; i < 100; ++i) {
        list.add({{"Database", i % 4 == 3 ? "DB03" : "DB01"}}, i % 8 == 3);
    }
    EXPECT_EQ(named(list.members()), "");
}

TEST(CommonFactor, names_nothing_where_all_failed_or_fewer_than_three) {
    List all;
    List few;
    for (int i = 0; i < 10; ++i) {
        all.add({{"Database", "DB01"}}, true);
        few.add({{"Database", i < 2 ? "DB02" : "DB01"}}, i < 2);
    }
    EXPECT_EQ(named(all.members()), "");
    EXPECT_EQ(named(few.members()), "");
}

TEST(CommonFactor, knows_domains_and_back_ends) {
    List list;
    for (int i = 0; i < 20; ++i) {
        list.add({}, i % 5 == 0, i % 5 == 0 ? "fabrikam.example" : "contoso.example");
    }
    EXPECT_EQ(named(list.members()), "domain fabrikam.example (4 of 4)");
    for (Member& member : list.members()) {
        member.domain = "contoso.example";
        member.back_end = member.failed ? "EX02" : "EX01";
    }
    EXPECT_EQ(named(list.members()), "back end EX02 (4 of 4)");
}

TEST(CommonFactor, names_a_stretch_of_the_list_where_nothing_else_explains) {
    List list;
    for (int i = 0; i < 50; ++i) {
        list.add({}, i >= 20 && i < 30);
    }
    EXPECT_EQ(named(list.members()), "rows 21 to 30 (10 of 10)");
}

TEST(CommonFactor, names_the_day_since_when_new_mailboxes_fail) {
    List list;
    for (int i = 0; i < 30; ++i) {
        const bool is_new = i % 3 == 0;
        list.add({{"WhenMailboxCreated",
                   is_new ? "2026-11-2" + std::to_string(i % 10) + "T08:00:00" : "2019-05-01T10:00:00"}},
                 is_new);
    }
    EXPECT_EQ(named(list.members()), "created since 2026-11-20 (10 of 10)");
}

RC_GTEST_PROP(CommonFactorProperty, explains_nine_of_ten_both_ways_or_says_nothing, ()) {
    List list;
    for (const auto& [label, failed] : *rc::gen::container<std::vector<std::pair<int, bool>>>(
             rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::arbitrary<bool>()))) {
        list.add({{"Database", std::to_string(label)}}, failed);
    }
    const auto factor = common_factor(list.members());
    if (factor) {
        const auto failed = static_cast<std::size_t>(std::count_if(
            list.members().begin(), list.members().end(), [](const Member& member) { return member.failed; }));
        RC_ASSERT(factor->failed * 10 >= failed * 9);
        RC_ASSERT(factor->failed * 10 >= factor->members * 9);
        RC_ASSERT(factor->members < list.members().size());
        RC_ASSERT(failed >= 3U);
    }
}

} // namespace
} // namespace mailpreflight::core
