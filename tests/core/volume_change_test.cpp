#include "core/volume_change.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rc {

template <>
struct Arbitrary<mailpreflight::core::Volume> {
    static Gen<mailpreflight::core::Volume> arbitrary() {
        using mailpreflight::core::Volume;
        return gen::build<Volume>(gen::set(&Volume::items), gen::set(&Volume::bytes));
    }
};

} // namespace rc

namespace mailpreflight::core {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;
constexpr Volume accepted{10'000, 4 * gib};

TEST(VolumeChange, what_comes_and_goes_in_a_week_is_none) {
    EXPECT_EQ(volume_change(accepted, accepted, {}), std::nullopt);
    EXPECT_EQ(volume_change(accepted, {15'000, 6 * gib}, {}), std::nullopt) << "half as much again, and no more";
    EXPECT_EQ(volume_change(accepted, {9'000, 4 * gib}, {}), std::nullopt) << "a tenth less, and no more";
}

TEST(VolumeChange, beyond_the_limits_in_items_or_in_bytes_it_is_one) {
    EXPECT_EQ(volume_change(accepted, {15'001, 4 * gib}, {}), VolumeChange::jumped);
    EXPECT_EQ(volume_change(accepted, {10'000, 6 * gib + 1}, {}), VolumeChange::jumped);
    EXPECT_EQ(volume_change(accepted, {8'999, 4 * gib}, {}), VolumeChange::dropped);
    EXPECT_EQ(volume_change(accepted, {20'000, gib}, {}), VolumeChange::dropped) << "what may be loss comes first";
}

TEST(VolumeChange, of_small_mailboxes_only_so_much_counts) {
    EXPECT_EQ(volume_change({10, 1000}, {509, 1000}, {}), std::nullopt);
    EXPECT_EQ(volume_change({10, 1000}, {510, 1000}, {}), VolumeChange::jumped);
    EXPECT_EQ(volume_change({499, 1000}, {0, 0}, {}), std::nullopt);
    EXPECT_EQ(volume_change({500, 1000}, {0, 0}, {}), VolumeChange::dropped);
}

TEST(VolumeChange, says_both_volumes) {
    EXPECT_EQ(words_for({8'000, 2 * gib}, {12'000, 3 * gib + gib / 2}),
              "12000 items (3.5 GiB), was 8000 items (2.0 GiB)");
}

RC_GTEST_PROP(VolumeChangeProperty, never_calls_more_a_drop_nor_less_a_jump, (const Volume& a, std::uint32_t more)) {
    const Volume before{a.items / 2, a.bytes / 2};
    const Volume after{before.items + more, before.bytes + more};
    RC_ASSERT(volume_change(before, after, {}) != VolumeChange::dropped);
    RC_ASSERT(volume_change(after, before, {}) != VolumeChange::jumped);
}

} // namespace
} // namespace mailpreflight::core
