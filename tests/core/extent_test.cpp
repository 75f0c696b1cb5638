#include "core/extent.hpp"

#include "tests/core/values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

class ExtentOf : public testing::Test {
protected:
    ExtentOf() {
        batch.name = "wave1";
        batch.source = "contoso";
        for (int i = 0; i < 10; ++i) {
            batch.list.mailboxes.push_back({.address = address(i), .labels = {{"Database", i < 4 ? "DB03" : "DB01"}}});
        }
    }

    static std::string address(int i) {
        return "user" + std::to_string(i) + "@contoso.example";
    }

    void see(int i, Cause cause, Check check = Check::mailbox_impersonation) {
        const TrackKey key = mailbox_key(address(i), check);
        tracks[key] = believed(look(key, noon, cause));
    }

    [[nodiscard]] Extent of(const std::vector<std::size_t>& rows) const {
        return extent_of(batch, tracks, Check::mailbox_impersonation, Cause::impersonation_denied, rows);
    }

    Batch batch;
    Tracks tracks;
};

TEST_F(ExtentOf, nobodys_mailbox_opens_so_the_right_is_missing_altogether) {
    for (int i = 0; i < 10; ++i) {
        see(i, Cause::impersonation_denied);
    }
    const Extent extent = of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    EXPECT_TRUE(extent.altogether);
    EXPECT_EQ(extent.words, "no mailbox opens this way: the right is missing altogether");
    EXPECT_EQ(extent.in_common, std::nullopt);
}

TEST_F(ExtentOf, some_open_so_it_is_the_scope) {
    for (int i = 0; i < 10; ++i) {
        see(i, i < 4 ? Cause::impersonation_denied : Cause::ok);
    }
    const Extent extent = of({0, 1, 2, 3});
    EXPECT_FALSE(extent.altogether);
    EXPECT_EQ(extent.words, "6 others open: not the right as such, but how far it goes");
    EXPECT_EQ(extent.in_common, (Factor{"Database", "DB03", 4, 4}));
}

TEST_F(ExtentOf, one_of_many_is_its_own_trouble_and_may_open_the_other_way) {
    for (int i = 0; i < 10; ++i) {
        see(i, i == 7 ? Cause::impersonation_denied : Cause::ok);
    }
    see(7, Cause::ok, Check::mailbox_full_access);
    EXPECT_EQ(of({7}).words, "this mailbox alone; it opens by full_access");
}

TEST_F(ExtentOf, one_refusal_alone_proves_nothing_of_the_right) {
    see(0, Cause::impersonation_denied);
    EXPECT_FALSE(of({0}).altogether);
    EXPECT_EQ(of({0}).words, "");
}

} // namespace
} // namespace mailpreflight::core
