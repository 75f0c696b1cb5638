#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::store {
namespace {

using namespace std::chrono_literals;

const base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

Store::Commit some_commit() {
    Store::Commit commit;
    commit.at = noon;
    core::BatchRecord record{.exceptions = {{"anna@contoso.example", noon, noon + 1h, "uid 1000 (anna)", "left"}},
                             .done_at = noon,
                             .done_by = "uid 0 (root)",
                             .reported = true,
                             .good_digest = "a",
                             .pending = core::PendingList{.digest = "b", .read_at = noon, .rows = 3},
                             .paced_since = noon,
                             .age = 36h};
    commit.batches["wave1"] = {"contoso", record};
    commit.lists["wave1"] = {{"bert@contoso.example", {{"Database", "DB03"}}, 2}, {"anna@contoso.example", {}, 3}};
    return commit;
}

core::KeptBatches loaded(const TemporaryDirectory& directory) {
    return Store::open(directory.path()).value().load().value().batches;
}

TEST(StoredBatches, come_back_with_their_list_in_its_order) {
    const TemporaryDirectory directory;
    const Store::Commit commit = some_commit();
    ASSERT_TRUE(Store::open(directory.path()).value().commit(commit));
    const core::KeptBatches batches = loaded(directory);
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches.at("wave1").source, "contoso");
    EXPECT_EQ(batches.at("wave1").record, commit.batches.at("wave1").record);
    EXPECT_EQ(batches.at("wave1").list, commit.lists.at("wave1"));
}

TEST(StoredBatches, keep_their_list_when_the_record_alone_is_written_and_lose_all_when_removed) {
    const TemporaryDirectory directory;
    {
        Store store = Store::open(directory.path()).value();
        ASSERT_TRUE(store.commit(some_commit()));
        Store::Commit again;
        again.at = noon;
        again.batches["wave1"] = {"contoso", core::BatchRecord{}};
        ASSERT_TRUE(store.commit(again));
    }
    EXPECT_EQ(loaded(directory).at("wave1").list.size(), 2U);
    EXPECT_EQ(loaded(directory).at("wave1").record, core::BatchRecord{});
    {
        Store::Commit removal;
        removal.at = noon;
        removal.batches_removed = {"wave1"};
        ASSERT_TRUE(Store::open(directory.path()).value().commit(removal));
    }
    EXPECT_EQ(loaded(directory), core::KeptBatches{});
    auto database = Database::open_for_reading(directory.path() / "state.db").value();
    EXPECT_EQ(database.number("SELECT count(*) FROM batch_mailbox").value(), 0);
}

TEST(StoredBatches, are_none_in_a_database_of_the_schema_before_them) {
    const TemporaryDirectory directory;
    {
        auto database = Database::open(directory.path() / "state.db").value();
        ASSERT_TRUE(database.execute(std::string(state_schema().steps[0])));
        ASSERT_TRUE(database.execute("PRAGMA user_version = 1"));
    }
    EXPECT_EQ(loaded(directory), core::KeptBatches{});
    ASSERT_TRUE(Store::open(directory.path()).value().commit(some_commit()));
    EXPECT_EQ(loaded(directory).size(), 1U);
}

} // namespace
} // namespace mailpreflight::store
