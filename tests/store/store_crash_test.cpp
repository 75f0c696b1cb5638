#include "store/ledger.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"
#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace mailpreflight::store {
namespace {

using testing::HasSubstr;

/// Oldest first.
std::vector<core::TimelineEntry> timeline_in(const std::filesystem::path& directory) {
    auto reader = value_of(Reader::open(directory));
    std::vector<core::TimelineEntry> entries = value_of(reader.timeline({.source = "contoso"}, std::nullopt, 100'000));
    std::reverse(entries.begin(), entries.end());
    return entries;
}

/// Commit number n: a timeline entry that says n, a mailbox track that was seen at n.
Store::Commit numbered(std::uint64_t n) {
    const core::TrackKey key = mailbox_key(static_cast<int>(n % 50));
    const base::SystemTime at = noon + std::chrono::seconds(n);
    return {.tracks = {{key, passing_track(key, at)}},
            .transitions = {{.key = key, .after = look(key, core::Cause::ok, at), .first_seen = at}},
            .timeline = {{.at = at, .source = "contoso", .text = std::to_string(n)}},
            .at = at};
}

/// Commits from `next` on, writes each number to `acknowledge` once its commit returned, until it is killed.
[[noreturn]] void commit_for_ever(const std::filesystem::path& directory, std::uint64_t next, int acknowledge) {
    auto store = Store::open(directory);
    while (store) {
        if (!store->commit(numbered(next)) ||
            ::write(acknowledge, &next, sizeof next) != static_cast<ssize_t>(sizeof next)) {
            break;
        }
        ++next;
    }
    ::_exit(1);
}

TEST(StateStoreKilled, at_any_instant_is_whole_and_has_every_commit_that_was_acknowledged) {
    const char* const given = std::getenv("MAILPREFLIGHT_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "MAILPREFLIGHT_SEED=" << seed << '\n';
    std::mt19937_64 random(seed);
    const TemporaryDirectory directory;
    std::uint64_t committed = 0;
    for (int round = 0; round < 20; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            commit_for_ever(directory.path(), committed + 1, ends[1]);
        }
        ::close(ends[1]);
        std::uint64_t acknowledged = committed;
        for (std::uint64_t left = 1 + random() % 10; left > 0; --left) {
            ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), static_cast<ssize_t>(sizeof acknowledged));
        }
        const auto instant = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 4000);
        while (std::chrono::steady_clock::now() < instant) {
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        while (::read(ends[0], &acknowledged, sizeof acknowledged) == static_cast<ssize_t>(sizeof acknowledged)) {
        }
        ::close(ends[0]);

        auto store = value_of(Store::open(directory.path()));
        ASSERT_EQ(problem_of(store.check_integrity()), "none");
        const auto timeline = timeline_in(directory.path());
        committed = timeline.size();
        ASSERT_GE(committed, acknowledged);
        ASSERT_LE(committed, acknowledged + 1); // one may have been written that nobody was told of
        for (std::uint64_t n = 1; n <= committed; ++n) {
            ASSERT_EQ(timeline[n - 1].text, std::to_string(n));
        }
        const auto loaded = value_of(store.load());
        for (std::uint64_t n = committed > 50 ? committed - 49 : 1; n <= committed; ++n) {
            const Store::Commit commit = numbered(n);
            const auto& [key, track] = *commit.tracks.begin();
            ASSERT_EQ(loaded.tracks.at(key), track);
        }
    }
}

void fill(const std::filesystem::path& directory) {
    const int fd = ::open((directory / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    while (::write(fd, block.data(), block.size()) > 0) {
    }
    ::close(fd);
}

class FullDisk : public testing::Test {
protected:
    void SetUp() override {
        if (!disk_.mounted()) {
            GTEST_SKIP() << "needs the right to mount a small tmpfs";
        }
    }

    SmallDisk disk_{1U << 20U};
};

TEST_F(FullDisk, makes_a_commit_fail_with_its_reason_and_loses_nothing_that_was_acknowledged) {
    auto store = value_of(Store::open(disk_.path()));
    std::uint64_t committed = 0;
    base::Status status;
    while ((status = store.commit(numbered(committed + 1))) && committed < 10'000) {
        ++committed;
    }

    EXPECT_THAT(problem_of(status), HasSubstr("the disk is full"));
    EXPECT_EQ(status.error().code(), base::ErrorCode::io);
    EXPECT_EQ(timeline_in(disk_.path()).size(), committed);
    EXPECT_EQ(problem_of(store.check_integrity()), "none");
}

TEST_F(FullDisk, lets_commits_go_on_once_there_is_room_again) {
    auto store = value_of(Store::open(disk_.path()));
    ASSERT_TRUE(store.commit(numbered(1)));
    fill(disk_.path());
    std::uint64_t n = 2;
    while (store.commit(numbered(n))) {
        ++n;
    }
    std::filesystem::remove(disk_.path() / "filler");

    EXPECT_TRUE(store.commit(numbered(n)));
    EXPECT_EQ(timeline_in(disk_.path()).size(), n);
}

TEST_F(FullDisk, keeps_the_guard_from_giving_a_permit_that_it_cannot_write_down) {
    const base::SimulatedClock clock(noon);
    auto ledger = value_of(Ledger::open(disk_.path(), {}, clock));
    fill(disk_.path());

    const auto permit =
        ledger->begin({.account = "migadmin", .fingerprint = "ab", .door = {"contoso", "ews"}, .proving = true},
                      base::Deadline::in(std::chrono::seconds(2)));

    ASSERT_FALSE(permit);
    EXPECT_EQ(permit.error().cause, core::Cause::secret_unreadable);
    EXPECT_THAT(permit.error().detail, HasSubstr("the disk is full"));
    EXPECT_EQ(value_of(ledger->snapshot("migadmin")), core::AccountLedger{});
}

} // namespace
} // namespace mailpreflight::store
