#include "store/sqlite.hpp"

#include "store/schema.hpp"
#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace mailpreflight::store {
namespace {

using testing::HasSubstr;

unsigned mode_of(const std::filesystem::path& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

class SqliteDatabase : public testing::Test {
protected:
    TemporaryDirectory directory_;
    std::filesystem::path path_ = directory_.path() / "x.db";
};

TEST_F(SqliteDatabase, is_readable_by_its_owner_alone_with_its_companions) {
    auto database = value_of(Database::open(path_));
    ASSERT_TRUE(database.execute("CREATE TABLE t (n INTEGER)"));

    EXPECT_EQ(mode_of(path_), 0600U);
    EXPECT_EQ(mode_of(path_.string() + "-wal"), 0600U);
    EXPECT_EQ(mode_of(path_.string() + "-shm"), 0600U);
}

TEST_F(SqliteDatabase, that_others_may_read_is_closed_to_them) {
    value_of(Database::open(path_));
    ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);

    value_of(Database::open(path_));

    EXPECT_EQ(mode_of(path_), 0600U);
}

TEST_F(SqliteDatabase, is_durable_at_each_commit) {
    auto database = value_of(Database::open(path_));

    EXPECT_EQ(value_of(database.number("SELECT journal_mode = 'wal' FROM pragma_journal_mode")), 1);
    EXPECT_EQ(value_of(database.number("PRAGMA synchronous")), 2); // FULL
    EXPECT_EQ(value_of(database.number("PRAGMA foreign_keys")), 1);
}

TEST_F(SqliteDatabase, loses_a_transaction_that_was_not_committed) {
    auto database = value_of(Database::open(path_));
    ASSERT_TRUE(database.execute("CREATE TABLE t (n INTEGER)"));
    {
        auto transaction = value_of(Transaction::begin(database));
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES (1)"));
    }
    auto transaction = value_of(Transaction::begin(database));
    ASSERT_TRUE(database.execute("INSERT INTO t VALUES (2)"));
    ASSERT_TRUE(transaction.commit());

    EXPECT_EQ(value_of(database.number("SELECT group_concat(n) FROM t")), 2);
}

TEST_F(SqliteDatabase, keeps_texts_with_any_bytes_and_nulls_apart_from_empty_texts) {
    auto database = value_of(Database::open(path_));
    ASSERT_TRUE(database.execute("CREATE TABLE t (a TEXT, b TEXT, c INTEGER)"));
    const std::string odd("a\0\xFF'b", 5);
    auto insert = value_of(database.prepare("INSERT INTO t VALUES (?1, ?2, ?3)"));
    ASSERT_TRUE(insert.bind(1, odd).bind(2, std::string_view()).bind(3, std::optional<std::int64_t>()).run());

    auto select = value_of(database.prepare("SELECT a, b, c FROM t"));
    ASSERT_TRUE(value_of(select.step()));

    EXPECT_EQ(select.text(0), odd);
    EXPECT_FALSE(select.is_null(1));
    EXPECT_TRUE(select.is_null(2));
    EXPECT_FALSE(value_of(select.step()));
}

TEST_F(SqliteDatabase, reports_a_parameter_that_cannot_be_bound) {
    auto database = value_of(Database::open(path_));
    auto statement = value_of(database.prepare("SELECT ?1"));

    EXPECT_THAT(problem_of(statement.bind(7, std::int64_t{1}).run()), HasSubstr("the database refused"));
}

TEST_F(SqliteDatabase, that_is_none_is_called_damaged) {
    std::ofstream(path_) << std::string(4096, 'x');

    EXPECT_THAT(problem_of(Database::open(path_)),
                testing::AllOf(HasSubstr("the database is damaged"), HasSubstr(path_.string())));
}

TEST_F(SqliteDatabase, with_a_damaged_page_fails_the_integrity_check) {
    {
        auto database = value_of(Database::open(path_));
        ASSERT_TRUE(database.execute("CREATE TABLE t (n TEXT); CREATE INDEX i ON t (n)"));
        ASSERT_TRUE(database.execute("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) "
                                     "INSERT INTO t SELECT hex(randomblob(40)) FROM c"));
        ASSERT_TRUE(database.check_integrity());
    }
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 10);
    file << std::string(2000, '\x55');
    file.close();

    auto database = value_of(Database::open(path_));
    EXPECT_THAT(problem_of(database.check_integrity()), HasSubstr("the database is damaged"));
}

TEST_F(SqliteDatabase, opened_for_reading_cannot_be_written_and_must_exist) {
    EXPECT_THAT(problem_of(Database::open_for_reading(path_)), HasSubstr("the database cannot be opened"));
    {
        auto database = value_of(Database::open(path_));
        ASSERT_TRUE(database.execute("CREATE TABLE t (n INTEGER)"));
    }
    auto reading = value_of(Database::open_for_reading(path_));

    EXPECT_EQ(reading.execute("INSERT INTO t VALUES (1)").error().code(), base::ErrorCode::permission_denied);
}

TEST_F(SqliteDatabase, is_not_opened_through_a_symbolic_link) {
    value_of(Database::open(directory_.path() / "real.db"));
    std::filesystem::create_symlink(directory_.path() / "real.db", path_);

    EXPECT_NE(problem_of(Database::open(path_)), "none");
}

TEST_F(SqliteDatabase, migrates_step_by_step_and_only_what_is_missing) {
    auto database = value_of(Database::open(path_));
    const Schema one{"x", {"CREATE TABLE a (n INTEGER)"}};
    const Schema two{"x", {"CREATE TABLE a (n INTEGER)", "CREATE TABLE b (n INTEGER); INSERT INTO b VALUES (7)"}};

    ASSERT_TRUE(migrate(database, one));
    ASSERT_TRUE(migrate(database, two));
    ASSERT_TRUE(migrate(database, two));

    EXPECT_EQ(value_of(database.number("PRAGMA user_version")), 2);
    EXPECT_EQ(value_of(database.number("SELECT count(*) FROM b")), 1);
}

TEST_F(SqliteDatabase, stays_at_the_last_whole_step_when_a_migration_fails) {
    auto database = value_of(Database::open(path_));
    const Schema broken{"x", {"CREATE TABLE a (n INTEGER)", "CREATE TABLE b (n INTEGER); CREATE TABLE a (n INTEGER)"}};

    EXPECT_THAT(problem_of(migrate(database, broken)), HasSubstr("already exists"));

    EXPECT_EQ(value_of(database.number("PRAGMA user_version")), 1);
    EXPECT_EQ(value_of(database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'b'")), 0);
}

} // namespace
} // namespace mailpreflight::store
