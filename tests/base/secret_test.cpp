#include "base/secret.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <cstdlib>
#include <cstring>
#include <new>
#include <ostream>

namespace {

// The seam through which the tests see freed memory: what the watched block holds at the moment that it is given back.
struct Watched {
    const void* block = nullptr;
    std::array<char, 64> content{};
    bool freed = false;
};
Watched watched;

void give_back(void* block) noexcept {
    if (block != nullptr && block == watched.block) {
        std::memcpy(watched.content.data(), block, watched.content.size());
        watched.freed = true;
        watched.block = nullptr;
    }
    std::free(block);
}

} // namespace

// GCC takes the pair of malloc and free behind new and delete for a mistake.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
    if (void* const block = std::malloc(size == 0 ? 1 : size)) {
        return block;
    }
    throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
    give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    give_back(block);
}
#pragma GCC diagnostic pop

namespace mailpreflight::base {
namespace {

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
    out << value;
};
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
    a == b;
};

static_assert(!std::copyable<Secret> && !std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);
static_assert(!Streamable<Secret>);
static_assert(!Comparable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string_view, Secret>, "nothing becomes a secret by accident");

const std::string password(64, 'p');

std::string exposed(const Secret& secret) {
    return secret.expose_to([](std::string_view text) { return std::string(text); });
}

const void* block_of(const Secret& secret) {
    return secret.expose_to([](std::string_view text) -> const void* { return text.data(); });
}

void watch(const void* block) {
    watched = {};
    watched.block = block;
}

bool was_freed_wiped() {
    return watched.freed && watched.content == std::array<char, 64>{};
}

TEST(Secret, opens_to_a_callback_alone) {
    EXPECT_EQ(exposed(Secret("geheim")), "geheim");
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, is_wiped_when_it_dies) {
    {
        const Secret secret(password);
        watch(block_of(secret));
    }
    EXPECT_TRUE(was_freed_wiped());
}

TEST(Secret, is_wiped_when_another_takes_its_place) {
    Secret secret(password);
    watch(block_of(secret));
    secret = Secret("other");
    EXPECT_TRUE(was_freed_wiped());
    EXPECT_EQ(exposed(secret), "other");
}

TEST(Secret, leaves_nothing_behind_when_it_moves) {
    Secret from(password);
    const Secret to(std::move(from));
    EXPECT_EQ(exposed(to), password);
    EXPECT_TRUE(from.empty()); // NOLINT(bugprone-use-after-move): that is the point
}

TEST(Secret, wipes_what_was_cut_off_before_it_took_the_bytes) {
    std::vector<char> bytes(password.begin(), password.end());
    bytes.resize(10);
    {
        const Secret secret = Secret::take(std::move(bytes));
        EXPECT_EQ(exposed(secret), std::string(10, 'p'));
        watch(block_of(secret));
    }
    EXPECT_TRUE(was_freed_wiped());
}

TEST(Secret, clones_into_memory_of_its_own) {
    const Secret secret(password);
    const Secret copy = secret.clone();
    EXPECT_EQ(exposed(copy), password);
    EXPECT_NE(block_of(copy), block_of(secret));
}

TEST(Wipe, clears_a_text_and_what_stood_behind_its_end) {
    {
        std::string text = password;
        text.resize(20);
        watch(text.data());
        wipe(text);
        EXPECT_TRUE(text.empty());
    }
    EXPECT_TRUE(was_freed_wiped());
}

} // namespace
} // namespace mailpreflight::base
